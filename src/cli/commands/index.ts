import type { CliCommand } from '../command';
import { app } from './app';
import { ballast } from './ballast';
import { calc } from './calc';
import { catalog } from './catalog';
import { doctor } from './doctor';
import { fleet } from './fleet';
import { matrix } from './matrix';
import { model } from './model';
import { models } from './models';
import { overview } from './overview';
import { plan } from './plan';
import { probe } from './probe';
import { routing } from './routing';
import { runtime } from './runtime';
import { receipts } from './receipts';
import { serve } from './serve';
import { trial } from './trial';
import { vllm } from './vllm';

/** Every command, in the order that help shows them. */
export const cliCommands: readonly CliCommand[] = [
  probe,
  doctor,
  model,
  models,
  plan,
  trial,
  runtime,
  receipts,
  overview,
  calc,
  catalog,
  matrix,
  fleet,
  ballast,
  routing,
  vllm,
  serve,
  app,
];
