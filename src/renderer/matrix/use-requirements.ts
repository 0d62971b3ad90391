import { useDeferredValue, useEffect, useMemo, useState } from 'react';
import type { Catalog } from '../../core/catalog/catalog';
import { catalogEntries, catalogModel } from '../../core/catalog/models';
import { precisionOf, type Requirement, requirementOf } from '../../core/matrix/matrix';
import { type MatrixModel, matrixModel, matrixModelOfRow } from '../../core/matrix/models';
import type { MatrixRequest } from '../../core/matrix/schema';

/** The models of the catalog, and the user's own whose parameters are given, made when they are first asked for. */
export function useMatrixModels({ models: rows }: Catalog): readonly MatrixModel[] {
  return useMemo(() => {
    const known = catalogEntries().map(({ name }) =>
      matrixModel(name, catalogModel(name, 'F16')!, (quant) => catalogModel(name, quant)),
    );
    const sized = rows.filter(({ total_params_b: parameters }) => parameters !== null);
    return known.concat(sized.map((row) => matrixModelOfRow(row)));
  }, [rows]);
}

/** What each model requires, as far as it is worked out; the planner's figures come one by one, so that the window stays awake. */
export function useRequirements(
  models: readonly MatrixModel[],
  given: MatrixRequest,
): readonly Requirement[] {
  const request = useDeferredValue(given);
  const [counted, setCounted] = useState<Counted>(nothing);
  const exact = request.mode === 'exact';
  const ruled = useMemo(
    () => (exact ? [] : models.map((model) => requirementOf(model, precisionOf(request), request))),
    [models, request, exact],
  );
  useEffect(() => {
    if (!exact) return undefined;
    const controller = new AbortController();
    void countOneByOne(models, request, controller.signal, setCounted);
    return () => controller.abort();
  }, [models, request, exact]);
  if (!exact) return ruled;
  return counted.request === request ? counted.requirements : [];
}

interface Counted {
  readonly request: MatrixRequest | null;
  readonly requirements: readonly Requirement[];
}

const nothing: Counted = { request: null, requirements: [] };
/** Models between two pictures: a plan of one takes some ten milliseconds. */
const AT_ONCE = 6;

async function countOneByOne(
  models: readonly MatrixModel[],
  request: MatrixRequest,
  signal: AbortSignal,
  show: (counted: Counted) => void,
): Promise<void> {
  const requirements: Requirement[] = [];
  for (const [index, model] of models.entries()) {
    if (index % AT_ONCE === 0) {
      show({ request, requirements: [...requirements] });
      await new Promise((resolve) => setTimeout(resolve));
      if (signal.aborted) return;
    }
    requirements.push(requirementOf(model, precisionOf(request), request));
  }
  show({ request, requirements });
}
