export { EXPLORATION_BOUND, OnlineFailurePredictor } from './online-failure-predictor.js';
export { PREDICTOR_STATE_VERSION, type PredictorState, type RestoreResult } from './predictor-state.js';
