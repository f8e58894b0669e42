export { ANOMALY_THRESHOLD, AnomalyDetector, type AnomalyDetectorState } from './detector.js';
export type { AnomalyReading } from './reading.js';
