// Typed calls that publish the life of a video, keyed by video.
import type { VideoUpload } from '../schemas/generated.ts';
import type { Acknowledgement, Publisher } from './publish.ts';
import { type InputOf, publishChecked } from './typed.ts';

export type VideoUploadInput = InputOf<VideoUpload>;

export type UploadToProcess = {
  readonly videoId: string;
  readonly userId: string;
  readonly originalUrl: string;
  readonly title: string;
  readonly category: string;
  readonly tags?: readonly string[];
};

export function uploadProducer(publisher: Publisher) {
  const produceVideoUploadEvent = (input: VideoUploadInput): Promise<Acknowledgement> =>
    publishChecked(publisher, 'video_uploads', input);
  return {
    produceVideoUploadEvent,
    /** Announces an uploaded original; processing it is the work of whoever consumes the topic. */
    queueVideoProcessing: ({ userId, ...upload }: UploadToProcess): Promise<Acknowledgement> =>
      produceVideoUploadEvent({ ...upload, action: 'uploaded', creatorId: userId, actorId: userId }),
  };
}
