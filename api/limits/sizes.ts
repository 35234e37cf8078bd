// The one table of how large a request, a page, a batch or a message may be, whichever door it comes through.

export const sizes = {
  /** A JSON body of REST, after gunzip. */
  bodyBytes: 1_048_576,
  /** Raw, of a payment provider. */
  webhookBytes: 262_144,
  /** Address and headers of an HTTP request together, as Node's parser counts. */
  headerBytes: 16_384,
  /** A message to a gRPC service. */
  grpcMessageBytes: 1_048_576,
  /** A message from one: a page of 100 explained items has 150 kB. */
  grpcAnswerBytes: 4_194_304,
  grpcCallsPerConnection: 1_000,
  /** Metadata of a gRPC call. */
  grpcMetadataBytes: 16_384,
  /** A message of a WebSocket client. */
  socketMessageBytes: 65_536,
  /** What is on its way to a WebSocket client that does not read. */
  socketBufferedBytes: 1_048_576,
  socketMessagesPerSecond: 200,
  socketSubscriptions: 100,
  sockets: 10_000,
  connections: 20_000,
  /** Items of a page. */
  pageItems: 100,
  pageItemsDefault: 10,
  cursorCharacters: 1_024,
  /** Events of one request. */
  events: 1_000,
} as const;
