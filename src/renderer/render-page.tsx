import '@mantine/core/styles.layer.css';
import '@mantine/charts/styles.layer.css';
import '@mantine/dropzone/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import './theme/global.css';

import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { StrictMode, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { ErrorBoundary } from './parts/error-boundary';
import { cssVariables, theme } from './theme/theme';

/** Draws `page` into the document, in the theme, with a net under it. */
export function renderPage(page: ReactNode): void {
  const root = document.querySelector('#root');
  if (root === null) throw new Error('The page has no element #root.');
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
        <Notifications position="bottom-right" limit={4} autoClose={8000} />
        <ErrorBoundary>{page}</ErrorBoundary>
      </MantineProvider>
    </StrictMode>,
  );
}
