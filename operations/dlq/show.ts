// Everything about one dead letter: where it comes from, why it was skipped, how often it was tried, and what it says.
import { topicIn } from '../../infra/kafka.ts';
import type { ProcessorControl } from '../../schemas/generated.ts';
import { topics } from '../../schemas/topics.ts';
import { attemptsOf, type Letter, type StandingChain } from './chains.ts';
import type { Outside, Source } from './outside.ts';
import { RecordReader } from './record-reader.ts';
import { formatPlace, placeOf } from './selection.ts';
import { printable, valueText } from './value-text.ts';

const causeLinesMax = 20;

export async function shown(outside: Outside, source: Source, chain: StandingChain): Promise<string> {
  const { partition, root } = chain;
  const codec = await outside.registry.codec<ProcessorControl>(source.control);
  const [controls, inputs] = [source.control, source.input].map(
    (topic) => new RecordReader(outside.kafka, topicIn(outside.namespace, topic), topics[topic].partitions),
  ) as [RecordReader, RecordReader];
  try {
    await Promise.all([controls.start(), inputs.start()]);
    const letterAt = async ({ controlOffset }: Letter) => {
      const entry = await codec.read((await controls.read(partition, controlOffset)).value);
      if (entry.kind !== 'dead_letter') throw new Error(`no dead letter at ${source.control} ${controlOffset}`);
      return entry;
    };
    const first = await letterAt(chain.letters[0]);
    const original = await inputs.read(partition, root);
    const failures: string[] = [];
    for (const letter of chain.letters.slice(-10))
      failures.push(...failure(letter, root, (await letterAt(letter)).cause));
    const headers = Object.entries(original.headers ?? {}).map(
      ([name, value]) => `${printable(name, 60)} = ${printable(String(value))}`,
    );
    return [
      `${formatPlace(placeOf(chain))}  ${chain.status}, ${attemptsOf(chain)} ${attemptsOf(chain) === 1 ? 'attempt' : 'attempts'}`,
      '',
      row(
        'record',
        `${source.input}, partition ${partition}, offset ${root}, appended ${time(Number(original.timestamp))}`,
      ),
      row('id', printable(first.recordId ?? '')),
      row('key', printable(first.key?.toString() ?? '')),
      ...(headers.length > 0 ? headers : ['none']).map((header, i) => row(i === 0 ? 'headers' : '', header)),
      '',
      ...failures,
      ...chain.audits.map(({ at, attempt, by }) =>
        row('sent again', `${time(at)} by ${printable(by, 60)}, redrive ${attempt}`),
      ),
      '',
      await valueText(outside, source, first.value),
    ].join('\n');
  } finally {
    await Promise.all([controls.stop(), inputs.stop()]);
  }
}

function failure({ at, offset, build, token }: Letter, root: number, cause: string): string[] {
  const what = offset === root ? '' : `its copy at ${offset}, `;
  const lines = cause.split('\n').slice(0, causeLinesMax);
  return [
    row('skipped', `${time(at)}: ${what}by build ${build} under token ${token}`),
    ...lines.map((line) => row('', printable(line))),
  ];
}

const row = (name: string, text: string): string => `${name.padEnd(12)}${text}`.trimEnd();
export const time = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace(/\.\d+/, '');
