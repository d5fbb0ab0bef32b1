import type { HandlerAlarmOptions, QueueAlarmOptions } from '../alarms/alarm-options';
import type { HandlerAlarms, QueueAlarms } from '../alarms/alarms-by-name';

/**
 * Tuning of the alarms of a `QueueFedFunction`.
 */
export interface QueueFedFunctionAlarmOptions extends QueueAlarmOptions, HandlerAlarmOptions {}

/**
 * The alarms of a `QueueFedFunction`, on its queues and on its handler.
 */
export interface QueueFedFunctionAlarms extends QueueAlarms, HandlerAlarms {}
