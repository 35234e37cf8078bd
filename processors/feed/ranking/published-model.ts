// A trained model and the record of the topic `models` that brought it into use.
import type { Position } from './item.ts';
import type { Model } from './learned/model.ts';

export type PublishedModel = { readonly model: Model; readonly position: Position };
