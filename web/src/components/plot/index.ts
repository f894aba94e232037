/* Plots of reports, risk and volatility, each with its twin as a table. */
export { heat } from './heat'
export { HeatTable } from './HeatTable'
export { LinePlot, type Line } from './LinePlot'
export { TwinPanel } from './TwinPanel'
export { Waterfall, type WaterfallStep } from './Waterfall'
