import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { JsonObject } from './schema.ts';

/** One row in so many breaks one rule. */
export const BAD_EVERY = 1_000;

/** Each breaks one rule, all of them rules that every tool has words for. */
const FAULTS: readonly JsonObject[] = [
  { id: 'C0123456789ABCDEF012345678' },
  { userId: null },
  { eventType: 'quiz_start' },
  { eventType: ' QUIZ_START' },
  { completionQuality: 'OK' },
  { engagementLevel: 'medium' },
  { dayOfWeek: 7 },
  { sessionPerformanceScore: -1 },
  { sessionPerformanceScore: 101 },
  { timeOfDay: 24 },
];

function pick<T>(values: readonly T[], index: number): T {
  const value = values[index % values.length];
  if (value === undefined) throw new Error('nothing to choose from');
  return value;
}

const cuid = (text: string) => `c${createHash('md5').update(text).digest('hex').slice(0, 24)}`;

/** BehavioralEvent's rows, the same for the same count: what a server has of a learning platform, and the faults in between. */
function eventAt(index: number, eventTypes: readonly string[]): JsonObject {
  const fault = index % BAD_EVERY === BAD_EVERY / 2 ? pick(FAULTS, Math.floor(index / BAD_EVERY)) : {};
  return {
    id: cuid(`event ${index}`),
    userId: cuid(`user ${index % 500}`),
    eventType: pick(eventTypes, index * 7),
    eventData: { action: 'flip', duration_ms: index % 9_000, correct: index % 2 === 0, tags: ['a', 'b'] },
    timestamp: new Date(Date.UTC(2025, 0, 1) + index * 1_000).toISOString().replace('.000', ''),
    completionQuality: pick(['RUSHED', 'NORMAL', 'THOROUGH', null], index),
    contentType: pick(['flashcard', 'quiz', null], index),
    dayOfWeek: index % 7,
    difficultyLevel: pick(['easy', 'hard', null], index),
    engagementLevel: pick(['LOW', 'MEDIUM', 'HIGH', null], index),
    sessionPerformanceScore: index % 3 === 0 ? null : index % 101,
    timeOfDay: index % 24,
    experimentPhase: pick(['baseline_1', 'intervention_A_1', null], index),
    randomizationSeed: index,
    contextMetadataId: null,
    ...fault,
  };
}

/** Writes so many rows as NDJSON. */
export async function writeRows(file: string, rows: number, eventTypes: readonly string[]): Promise<void> {
  const out = createWriteStream(file);
  for (let index = 0; index < rows; index += 1) {
    if (!out.write(`${JSON.stringify(eventAt(index, eventTypes))}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
}
