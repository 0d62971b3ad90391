import { app } from 'electron';
import { start } from './application';
import { declareScheme } from './protocol';

declareScheme();
if (app.requestSingleInstanceLock()) start();
else app.quit();
