// `npm run train:dating [-- --data t.csv]`: trains the personality model on a file of dates or on the platform's own log, and publishes it on the topic models.
import { Command } from 'commander';
import { createKafka } from '../../infra/kafka.ts';
import { createLog } from '../../infra/log.ts';
import { PersonKeys } from '../../infra/person-keys.ts';
import { connectedConfig } from '../../infra/running-stack.ts';
import { tooLittle, trainPersonality } from '../../learning/personality.ts';
import { personalityModelName } from '../../processors/dating/compat/personality-model.ts';
import { UnreadableLog } from '../../producers/import/files.ts';
import { readJudgedDates } from '../evaluate-dating/dates.ts';
import { fail } from '../fail.ts';
import { commandPatience } from '../readable-topics.ts';
import { publishParts } from '../train/publish-model.ts';
import { type Learnable, readDatingLog } from './read-log.ts';

const { data } = new Command('train:dating')
  .description('Trains the personality model of dating; every API takes it into use without a restart.')
  .option('--data <file>', 'dates and what came of them, as for evaluate:dating; without it the running platform’s log')
  .parse()
  .opts<{ data?: string }>();

const config = connectedConfig();
const log = createLog('train-dating', 'error');
const kafka = createKafka(config, log, 'train-dating', commandPatience);

const { people, meetings } = data ? fromFile(data) : await fromLog();
const why = tooLittle(meetings, people);
if (why) fail(`There is too little to learn from in ${data ?? 'the log'}: ${why}. Nothing was published.`);
const from = data ? 'a file of dates' : 'the log of this platform: waves are weeks, people come back in them';
const version = `${Date.now()}`;
const model = trainPersonality({ people, meetings, version, notes: { from } });
const { offset, bytes } = await publishParts(kafka, config, {
  name: personalityModelName,
  version,
  header: model,
  parts: [],
});
process.stdout.write(
  `model ${personalityModelName} ${version}, published at offset ${offset} of the topic models (${bytes} bytes)\n`,
);
for (const [name, value] of Object.entries(model.notes)) process.stdout.write(`  ${name}: ${value}\n`);
process.exit(0);

function fromFile(file: string): Learnable {
  try {
    return readJudgedDates(file);
  } catch (error) {
    if (error instanceof UnreadableLog) fail(error.message);
    throw error;
  }
}

async function fromLog(): Promise<Learnable> {
  const keys = new PersonKeys({ config, log, onFatal: fail });
  await keys.start();
  try {
    return await readDatingLog(kafka, config, keys);
  } finally {
    await keys.stop();
  }
}
