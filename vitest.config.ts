import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

const slow = { testTimeout: 120_000, hookTimeout: 120_000 };

/** A window on a busy machine may take seconds to show what was typed. */
const window = { ...slow, fileParallelism: false, expect: { poll: { timeout: 20_000 } } };

/** Unit tests mirror src; integration tests run real programs; browser and desktop tests drive a real window. */
export default defineConfig({
  plugins: [react()],
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/{core,contract,host,agent,cli,server,renderer,scripts}/**/*.test.{ts,tsx}'],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          fileParallelism: false,
          ...slow,
        },
      },
      {
        extends: true,
        test: { name: 'browser', include: ['test/browser/**/*.test.ts'], ...window },
      },
      {
        extends: true,
        test: { name: 'desktop', include: ['test/desktop/**/*.test.ts'], ...window },
      },
    ],
  },
});
