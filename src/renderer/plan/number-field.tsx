import { NumberInput } from '@mantine/core';

interface NumberFieldProps {
  readonly label: string;
  readonly description?: string;
  readonly placeholder?: string;
  readonly suffix?: string;
  readonly value: number | null;
  readonly min: number;
  readonly max?: number;
  readonly step?: number;
  readonly onChange: (value: number | null) => void;
}

/** A number that may be left empty; what cannot be meant is not passed on. */
export function NumberField({ value, min, max, onChange, ...rest }: NumberFieldProps) {
  const accept = (typed: number | string) => {
    if (typed === '') onChange(null);
    else if (typeof typed === 'number' && typed >= min && (max === undefined || typed <= max))
      onChange(typed);
  };
  return (
    <NumberInput
      {...rest}
      value={value ?? ''}
      min={min}
      {...(max === undefined ? {} : { max })}
      thousandSeparator=","
      onChange={accept}
    />
  );
}
