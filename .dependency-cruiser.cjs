// Which way imports may point: data flows one way, domains are pure, only infra touches the outside.
const rule = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    rule(
      'no-cycles',
      'a cycle hides which piece stands on which (types may refer to each other)',
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    rule(
      'domain-is-pure',
      'a domain imports schemas, the types of the runner, its own kind and hashes: no clock, random, environment or client',
      { path: '^processors/[^/]+/(domain|ranking|compat)' },
      {
        pathNot:
          '^(schemas/|processors/[^/]+/(domain|ranking|compat)|processors/runtime/processor\\.ts|(node:)?crypto$)',
      },
    ),
    rule(
      'schemas-stand-alone',
      'schemas import nothing of the platform',
      { path: '^schemas/' },
      { path: '^(infra|producers|processors|projections|api)/' },
    ),
    rule(
      'infra-knows-no-system',
      'infra imports no producer, processor or service (provision reads the tables)',
      { path: '^infra/', pathNot: '^infra/(provision\\.ts|local/)' },
      { path: '^(producers|processors|projections|api)/' },
    ),
    rule(
      'producers-do-not-read',
      'producers publish; an import asks the runner’s positions',
      { path: '^producers/' },
      { path: '^(api|projections)/' },
    ),
    rule('processors-know-no-api', 'data flows one way', { path: '^processors/' }, { path: '^(api|producers)/' }),
    rule('projections-know-no-api', 'data flows one way', { path: '^projections/' }, { path: '^(api|producers)/' }),
    rule(
      'projections-read-states-not-runners',
      'a projection knows domains, names and types, not the running of processors',
      { path: '^projections/' },
      {
        path: '^processors/(?!runtime/(processor|keys|origin|ports|generations)\\.ts|list\\.ts|[^/]+/(domain|ranking|compat|processor))',
      },
    ),
    rule(
      'operations-are-on-top',
      'an operator’s command uses everything; nothing uses it',
      { path: '^(schemas|infra|producers|processors|projections|api)/' },
      { path: '^operations/' },
    ),
    rule(
      'independent-fold-is-independent',
      'what checks the projections shares no code with what makes them: of the platform it knows the generated types alone (hashes are Node’s)',
      { path: '^tests/faults/independent-fold/' },
      { pathNot: '^(schemas/generated\\.ts|tests/faults/independent-fold/|(node:)?crypto$)' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    parser: 'swc',
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js', '.json'] },
  },
};
