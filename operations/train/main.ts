// `npm run train`: trains a ranker on the running platform's topics and publishes it; every API takes it into use without a restart.
import { Command } from 'commander';
import { createKafka } from '../../infra/kafka.ts';
import { createLog } from '../../infra/log.ts';
import { connectedConfig } from '../../infra/running-stack.ts';
import { likesMin } from '../../learning/train.ts';
import { fail } from '../fail.ts';
import { commandPatience } from '../readable-topics.ts';
import { publishModel } from './publish-model.ts';
import { trainFromLog } from './train-from-log.ts';

new Command('train')
  .description(
    'Trains a ranker on all uploads and activity of the running platform, and publishes it on the topic models.',
  )
  .parse();

const config = connectedConfig();
const kafka = createKafka(config, createLog('train', 'error'), 'train', commandPatience);
const say = (line: string) => void process.stderr.write(`${line}\n`);

const { model, seconds } = await trainFromLog(kafka, config, say);
if (model.items.size === 0) fail('The topics hold nothing to learn from: no video has been published.');
const { offset, parts, bytes } = await publishModel(kafka, config, 'learned', model);
process.stdout.write(
  `model ${model.version}: trained in ${seconds.toFixed(1)} s, published at offset ${offset} of the topic models (${parts} videos, ${(bytes / 1e6).toFixed(1)} MB)\n`,
);
if (!model.ranker)
  process.stdout.write(
    `Its vectors serve the factor content_similarity; there were fewer than ${likesMin} later likes to learn a ranking from, so the variant learned ranks as fixed.\n`,
  );
process.exit(0);
