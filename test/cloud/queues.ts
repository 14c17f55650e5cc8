/** The queues of a template. */
import { QueueClock } from './queue-clock.ts';
import type { Template } from './template.ts';
import { WorkQueue } from './work-queue.ts';

/** SQS's, where the template says nothing. */
const DEFAULT_VISIBILITY_SECONDS = 30;

export class Queues {
  readonly clock = new QueueClock();
  readonly #byArn = new Map<string, WorkQueue>();

  /** Makes all queues of the template; their URLs are those of its resources. */
  create(template: Template): void {
    for (const resource of template.ofType('AWS::SQS::Queue')) {
      const { physicalId, properties } = resource;
      const redrive = properties.objectOr('RedrivePolicy', undefined);
      const deadLetterArn = redrive?.text('deadLetterTargetArn') ?? '';
      const queue = new WorkQueue({
        name: resource.attribute('QueueName'),
        arn: resource.attribute('Arn'),
        url: physicalId,
        clock: this.clock,
        visibilityTimeoutMs: properties.numberOr('VisibilityTimeout', DEFAULT_VISIBILITY_SECONDS) * 1000,
        delayMs: properties.numberOr('DelaySeconds', 0) * 1000,
        ...(redrive !== undefined && {
          redrive: {
            deadLetters: () => this.byArn(deadLetterArn),
            maxReceives: redrive.numberOr('maxReceiveCount', Number.POSITIVE_INFINITY),
          },
        }),
      });
      this.#byArn.set(queue.options.arn, queue);
    }
  }

  byArn(arn: string): WorkQueue {
    const queue = this.#byArn.get(arn);
    if (queue === undefined) throw new Error(`there is no queue ${arn}`);
    return queue;
  }

  /** Whatever host the URL names; undefined when there is none. */
  byUrl(url: string): WorkQueue | undefined {
    const name = url.split('/').at(-1);
    return this.all().find((queue) => queue.options.name === name);
  }

  /** The dead letters of this queue. Throws when it has none. */
  deadLettersOf(queue: WorkQueue): WorkQueue {
    const { redrive, name } = queue.options;
    if (redrive === undefined) throw new Error(`the queue ${name} has no dead letters`);
    return redrive.deadLetters();
  }

  all(): WorkQueue[] {
    return [...this.#byArn.values()];
  }

  close(): void {
    for (const queue of this.all()) queue.close();
  }
}
