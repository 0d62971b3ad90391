import type { Bridge } from '../contract/bridge';
import { createClient } from '../contract/client';
import { App } from './app';
import { renderPage } from './render-page';
import { newTaskId } from './transport/new-task-id';

declare global {
  interface Window {
    readonly plimsoll: Bridge;
  }
}

const bridge = window.plimsoll;

renderPage(<App client={createClient(bridge, newTaskId)} host={{ pathOf: (file) => bridge.pathOf(file) }} />);
