import type { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import {
  LISTING_INDEX,
  LISTING_PARTITION,
  LISTING_PROJECTED,
  LISTING_SORT,
  PARTITION_KEY,
  SORT_KEY,
} from '../../lambdas/adapters/aws/table-layout.ts';

export interface TrackTableProps {
  readonly removalPolicy: RemovalPolicy;
}

/** Records of tracks and the pages of their indexes; its keys are those of the adapter. */
export class TrackTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, props: TrackTableProps) {
    super(scope, id);
    const projection =
      LISTING_PROJECTED.length === 0
        ? { projectionType: ProjectionType.KEYS_ONLY }
        : { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...LISTING_PROJECTED] };
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: PARTITION_KEY, type: AttributeType.STRING },
      sortKey: { name: SORT_KEY, type: AttributeType.STRING },
      globalSecondaryIndexes: [
        {
          indexName: LISTING_INDEX,
          partitionKey: { name: LISTING_PARTITION, type: AttributeType.STRING },
          sortKey: { name: LISTING_SORT, type: AttributeType.STRING },
          ...projection,
        },
      ],
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: props.removalPolicy,
    });
  }

  get listingArn(): string {
    return `${this.table.tableArn}/index/${LISTING_INDEX}`;
  }
}
