import { NumberInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { formatInteger } from '../../core/report/format';

interface NumberFieldProps {
  readonly label?: ReactNode;
  /** The field's name where no label is to be seen. */
  readonly 'aria-label'?: string;
  readonly description?: ReactNode;
  readonly placeholder?: string;
  readonly suffix?: string;
  readonly size?: 'xs' | 'sm';
  readonly value: number | null;
  readonly min: number;
  readonly max?: number;
  readonly step?: number;
  /** Takes no fraction. */
  readonly whole?: boolean;
  readonly onChange: (value: number | null) => void;
}

/** A number that may be left empty; what cannot be meant is not passed on, and the field says why. */
export function NumberField({ value, min, max, whole = false, onChange, ...rest }: NumberFieldProps) {
  const [refused, setRefused] = useState(false);
  const accept = (typed: number | string) => {
    const fits = typeof typed === 'number' && typed >= min && (max === undefined || typed <= max);
    setRefused(typed !== '' && !fits);
    if (typed === '') onChange(null);
    else if (fits) onChange(typed);
  };
  return (
    <NumberInput
      {...rest}
      value={value ?? ''}
      min={min}
      {...(max === undefined ? {} : { max })}
      allowDecimal={!whole}
      thousandSeparator=","
      error={refused ? rangeOf(min, max) : null}
      onChange={accept}
    />
  );
}

function rangeOf(min: number, max: number | undefined): string {
  const least = Number.isInteger(min) ? formatInteger(min) : String(min);
  return max === undefined ? `From ${least} on` : `From ${least} to ${formatInteger(max)}`;
}
