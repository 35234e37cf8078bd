// Why an aim is missed, by benchmark, as profiles show it: the report says so beside the figures for as long as one of its aims is missed.
export const whyMissed: Readonly<Record<string, string>> = {
  rank: 'One thread has 2 ms a page at 500/s, and a page of 512 interactions among 100,000 videos takes more: the source of similar videos, explanations with their what-ifs, the viewer made of the interactions; of `learned` the trees and their features. The API keeps pages that are made ahead, so that a call seldom waits for a ranking; a second thread for rankings is not built.',
  fold: 'By CPU both sides are about equal; the machine has two cores, shared with Redis and the broker, and `history` is most of one. What an event costs would have to be halved: the profile is flat (states and ids changed and told apart from those before, JSON of states, Redis commands, kafkajs, Avro, a fifth in the collector).',
  history: 'Publishing the derived events takes what the rows leave of the one thread.',
  visible:
    'Each of ours is two HTTP requests, a produce, a fetch, a fold, a commit to Redis and a push, all on the two cores that the load itself is on; the bare way is a produce and a fetch.',
  rebuild:
    'The work is not the same: ours folds every event anew, writes a row each into Cassandra (half of its time), compares all rows, fields and states with the live ones, and swaps; the peer has no rows and compares nothing, and its faster reading copies finished states from a changelog. After a crash ours copies nothing at all, as its states are in Redis.',
  'get-feed':
    'While events flow, each event of a user makes the page anew: a ranking, reading what is new, receipts, garbage; on two cores the servers, the load and the echo share what is left.',
  gift: 'A gift over HTTP is two decisions in the log, each fetched, folded and committed; PostgreSQL with synchronous_commit=off makes one transaction in its own memory.',
  matches:
    'Our API is one process with its HTTP, JSON and reasons; what is left is gathering the nearest, JSON and the collector.',
  capacity: 'Costs of one kind of work at a time do not tell how much dearer all become when both cores are full.',
};
