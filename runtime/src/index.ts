export * from './claim';
export * from './deposit';
export * from './errors';
