import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

/** Deep water: the product's own colour. */
const sea: MantineColorsTuple = [
  '#eef7f9',
  '#d8ecf1',
  '#b1d9e3',
  '#84c3d3',
  '#58abc0',
  '#348fa9',
  '#207a93',
  '#16647a',
  '#104f61',
  '#0b3b49',
];
/** Green of the starboard light: ship. */
const starboard: MantineColorsTuple = [
  '#eaf8f1',
  '#cdeede',
  '#9fddbf',
  '#6ccb9f',
  '#43b683',
  '#2a9a6a',
  '#1e7d55',
  '#166645',
  '#104c34',
  '#0a3424',
];
/** Red lead, the paint of a load line, and the port light: refuse. */
const port: MantineColorsTuple = [
  '#fff0ec',
  '#ffddd4',
  '#ffb9a7',
  '#fb9177',
  '#f26d4f',
  '#e04f30',
  '#c23c1f',
  '#a13118',
  '#782511',
  '#4f180a',
];
/** Brass: unknown, and what wants attention. */
const brass: MantineColorsTuple = [
  '#fbf5e6',
  '#f4e8c6',
  '#e8d190',
  '#dbb95d',
  '#cea33a',
  '#b58a25',
  '#93701b',
  '#745713',
  '#533e0c',
  '#362806',
];
const gray: MantineColorsTuple = [
  '#f7fafb',
  '#eef3f5',
  '#e0e8ec',
  '#ced9de',
  '#b5c4cb',
  '#8fa1aa',
  '#6a7e88',
  '#50636d',
  '#354852',
  '#1d303a',
];
const dark: MantineColorsTuple = [
  '#dbe6ea',
  '#b4c4cc',
  '#93a7b1',
  '#627a87',
  '#2c4453',
  '#213846',
  '#162c39',
  '#0d1e29',
  '#0a1821',
  '#071118',
];

const systemFont =
  'system-ui, -apple-system, "Segoe UI Variable Text", "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif';
const systemMonospace =
  'ui-monospace, "SF Mono", "Cascadia Mono", "Segoe UI Mono", "Noto Sans Mono", "Liberation Mono", monospace';

/** The look of every window: calm, one accent, figures that stand in columns. */
export const theme = createTheme({
  colors: { sea, starboard, port, brass, gray, dark },
  primaryColor: 'sea',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  luminanceThreshold: 0.32,
  fontFamily: systemFont,
  fontFamilyMonospace: systemMonospace,
  headings: { fontFamily: systemFont, fontWeight: '620' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  focusRing: 'auto',
});

/** Surfaces and the colours of the picture of memory, for both schemes; every style sheet takes them from here. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#122833',
    '--mantine-color-dimmed': '#50636d',
    '--mantine-color-placeholder': '#687c87',
    '--mantine-color-default-color': '#122833',
    '--mantine-color-default-border': '#ced9de',
    '--mantine-color-error': '#a13118',
    '--surface-page': '#f3f7f8',
    '--surface-raised': '#ffffff',
    '--surface-sunken': '#eaf0f3',
    '--line-soft': '#dde6ea',
    '--line-strong': '#93a5ae',
    '--link': '#16647a',
    '--load-line': '#c23c1f',
    '--part-model': '#1a6279',
    '--part-context': '#3fa3b8',
    '--part-compute': '#7c86c9',
    '--part-output': '#cfa545',
    '--part-overhead': '#93a5ae',
    '--tone-ship': '#166645',
    '--tone-ship-surface': '#e6f6ee',
    '--tone-refuse': '#a13118',
    '--tone-refuse-surface': '#fff0ec',
    '--tone-unknown': '#745713',
    '--tone-unknown-surface': '#fbf4e2',
  },
  dark: {
    '--mantine-color-body': '#11232f',
    '--mantine-color-text': '#e2ecf0',
    '--mantine-color-dimmed': '#9fb3bd',
    '--mantine-color-placeholder': '#8499a5',
    '--mantine-color-default-color': '#e2ecf0',
    '--mantine-color-default-border': '#2c4453',
    '--mantine-color-error': '#fb9177',
    '--surface-page': '#0a1821',
    '--surface-raised': '#11232f',
    '--surface-sunken': '#0c1c26',
    '--line-soft': '#1e3543',
    '--line-strong': '#587080',
    '--link': '#84c3d3',
    '--load-line': '#ff8264',
    '--part-model': '#3f9fb8',
    '--part-context': '#8fd3de',
    '--part-compute': '#98a1e6',
    '--part-output': '#dbb95d',
    '--part-overhead': '#7d939f',
    '--tone-ship': '#6ccb9f',
    '--tone-ship-surface': '#0f2c26',
    '--tone-refuse': '#fb9177',
    '--tone-refuse-surface': '#331e1d',
    '--tone-unknown': '#dbb95d',
    '--tone-unknown-surface': '#2b2818',
  },
});
