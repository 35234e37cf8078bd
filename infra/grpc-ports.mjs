// The gRPC services of the platform, each with the port that it has unless the environment says otherwise.

export const grpcPorts = {
  feed: 50_051,
  xai: 50_052,
  dating: 50_053,
  monetization: 50_054,
  sora: 50_055,
  chaos: 50_056,
  moderation: 50_057,
  security: 50_058,
  acquisition: 50_059,
  seo: 50_060,
  marketplace: 50_061,
};

/** As in GRPC_FEED_URL: HOST:PORT, for clients. */
export const grpcUrlVariable = (/** @type {string} */ name) => `GRPC_${name.toUpperCase()}_URL`;

/** As in GRPC_FEED_PORT. */
export const grpcPortVariable = (/** @type {string} */ name) => `GRPC_${name.toUpperCase()}_PORT`;
