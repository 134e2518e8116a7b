export {
  createBehavioralEvents,
  insertBehavioralEvents,
} from '../../src/pipeline/demo/behavioral-events.ts';
