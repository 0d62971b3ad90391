import { ColourSchemeMenu } from './parts/colour-scheme-menu';
import { PlimsollMark } from './parts/plimsoll-mark';
import classes from './page-header.module.css';
import { hrefOf, routes, type Route } from './state/use-route';

const names: Readonly<Record<Route, string>> = {
  machine: 'Machine',
  plan: 'Plan',
  vllm: 'vLLM',
  receipts: 'Receipts',
  calculators: 'Calculators',
  matrix: 'Matrix',
  fleet: 'Fleet',
};

/** The mark, the views, and how it all looks. */
export function PageHeader({ route, version }: { route: Route; version: string | null }) {
  return (
    <header className={classes.header}>
      <div className={classes.inner}>
        <span className={classes.brand}>
          <PlimsollMark size={30} />
          <span className={classes.name}>Plimsoll</span>
          {version === null ? null : <span className={classes.version}>{version}</span>}
        </span>
        <nav aria-label="Views" className={classes.nav}>
          {routes.map((each) => (
            <a
              key={each}
              href={hrefOf(each)}
              className={classes.link}
              aria-current={each === route ? 'page' : undefined}
            >
              {names[each]}
            </a>
          ))}
        </nav>
        <ColourSchemeMenu />
      </div>
    </header>
  );
}
