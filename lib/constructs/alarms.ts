import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { CuepointFunction } from './cuepoint-function.ts';
import type { WorkQueue } from './work-queue.ts';

const PERIOD = Duration.minutes(5);

/** A source that has waited for so long was uploaded faster than ingest works, or ingest does not work. */
const MAX_QUEUE_AGE = Duration.hours(1);

/** A track that is being ingested is answered with 503 too: some of these are no fault. */
const MAX_5XX_PERCENT = 5;
const LEAST_REQUESTS = 20;

export interface AlarmsProps {
  readonly functions: Readonly<Record<string, CuepointFunction>>;
  readonly work: Readonly<Record<string, WorkQueue>>;
  readonly api: CuepointFunction;
  /** Who is told. Undefined: nobody; the alarms show in CloudWatch all the same. */
  readonly topic: ITopic | undefined;
}

/** What wants a person's attention. What each means and what to do is in docs/operations.md. */
export class Alarms extends Construct {
  readonly #topic: ITopic | undefined;

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    this.#topic = props.topic;
    for (const [name, { deadLetters, queue }] of Object.entries(props.work)) {
      this.#add(`${name}DeadLetters`, {
        description: `${name}: messages failed again and again and wait in ${deadLetters.node.path}`,
        metric: deadLetters.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: Stats.MAXIMUM }),
        threshold: 1,
      });
      this.#add(`${name}QueueAge`, {
        description: `${name}: sources wait for more than an hour`,
        metric: queue.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: Stats.MAXIMUM }),
        threshold: MAX_QUEUE_AGE.toSeconds(),
      });
    }
    for (const [name, { function: fn }] of Object.entries(props.functions)) {
      this.#add(`${name}Errors`, {
        description: `${name}: invocations ended in an error or ran into their time limit`,
        metric: fn.metricErrors({ period: PERIOD }),
        threshold: 1,
      });
      this.#add(`${name}Throttles`, {
        description: `${name}: Lambda refused invocations, the account's concurrency is used up`,
        metric: fn.metricThrottles({ period: PERIOD }),
        threshold: 1,
      });
    }
    this.#add('Api5xx', {
      description: `api: more than ${MAX_5XX_PERCENT} % of the requests were answered with 5xx`,
      metric: share5xx(props.api),
      threshold: MAX_5XX_PERCENT,
    });
  }

  #add(id: string, options: { description: string; metric: IMetric; threshold: number }): void {
    const alarm = new Alarm(this, id, {
      alarmDescription: `Cuepoint, ${options.description}`,
      metric: options.metric,
      threshold: options.threshold,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    if (this.#topic !== undefined) {
      const action = new SnsAction(this.#topic);
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
    }
  }
}

/** In per cent of requests; nothing while there are few. Counted at the function, as CloudFront counts in us-east-1 only. */
function share5xx({ function: fn }: CuepointFunction): MathExpression {
  const count = (name: string) => fn.metric(name, { period: PERIOD, statistic: Stats.SUM });
  return new MathExpression({
    expression: `IF(requests >= ${LEAST_REQUESTS}, 100 * errors / requests, 0)`,
    usingMetrics: { requests: count('UrlRequestCount'), errors: count('Url5xxCount') },
    label: '5xx, per cent',
    period: PERIOD,
  });
}
