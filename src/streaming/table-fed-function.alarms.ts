import { readerRows } from './private/reader-alarms';
import type { ReaderFacts, ReaderSubject } from './private/reader-alarms';
import type { StreamReaderAlarmOptions, StreamReaderAlarms } from './stream-reader-alarms';
import type { HandlerAlarms } from '../alarms/alarms-by-name';
import { AlarmTable } from '../private/alarms/alarm-table';

/**
 * Tuning of the alarms of a `TableFedFunction`.
 */
export interface TableFedFunctionAlarmOptions extends StreamReaderAlarmOptions {}

/**
 * The alarms of a `TableFedFunction`, on its event source and its handler.
 */
export interface TableFedFunctionAlarms extends StreamReaderAlarms {}

/** The alarms on the event source. */
export const READER_ALARMS = new AlarmTable<Exclude<keyof StreamReaderAlarms, keyof HandlerAlarms>, ReaderFacts, ReaderSubject>(readerRows('table-fed-function'));
