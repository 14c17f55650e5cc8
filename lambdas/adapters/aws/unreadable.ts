/**
 * Refusals of S3 that are about one object, and what to do about each.
 *
 * Sources: Amazon S3 API Reference, "Error responses" (InvalidObjectState, ObjectNotInActiveTierError of copies, the codes that begin with `KMS.`) and GetObject;
 * Amazon S3 User Guide, "Troubleshoot access denied (403 Forbidden) errors" for what a denial by KMS says.
 */
import { UnreadableObject } from '../../core/track/unreadable-object.ts';
import { failureName, isPassing } from './service-failure.ts';

const RETRY = 'then run "cuepoint reconcile --retry-failed"';

/** The failure of `doing` ("reading "a.mp3"" …) with what to do; `undefined` for all that is not about this one object. */
export function unreadable(error: unknown, doing: string): UnreadableObject | undefined {
  const remedy = remedyOf(failureName(error), error instanceof Error ? error.message : '');
  if (remedy === undefined || isPassing(error)) return undefined;
  return new UnreadableObject(`${doing} was refused (${failureName(error)}): ${remedy}, ${RETRY}`, { cause: error });
}

function remedyOf(name: string, message: string): string | undefined {
  if (name === 'InvalidObjectState' || name === 'ObjectNotInActiveTierError') {
    return 'the object is in an archive (S3 Glacier, or an archive tier of Intelligent-Tiering); restore it or copy it to another storage class';
  }
  if (name.startsWith('KMS.') || (name === 'AccessDenied' && /\bkms:/i.test(message))) {
    return 'the object is encrypted by a KMS key that is disabled or that the role of this function may not use; enable the key and allow the role kms:Decrypt and kms:GenerateDataKey on it';
  }
  if (name === 'InvalidRequest' && /server[- ]side encryption/i.test(message)) {
    return "the object is encrypted by a key of the uploader's own (SSE-C), which S3 does not keep; upload it without";
  }
  return undefined;
}
