import { NumberInput, Select, SimpleGrid } from '@mantine/core';
import { inputsOfModel } from '../../core/calc/inputs-of-model';
import type { Calculator } from '../../core/calc/schema';
import type { Model } from '../../core/model/schema';
import { calculatorFields, type CalculatorField } from './calculator-fields';
import type { Typed } from './work-out';

interface CalculatorInputsProps {
  readonly calculator: Calculator;
  readonly typed: Typed;
  readonly model: Model | null;
  readonly onChange: (name: string, value: string | number | null) => void;
}

/** The fields of one calculator; an empty one shows what it stands for. */
export function CalculatorInputs({ calculator, typed, model, onChange }: CalculatorInputsProps) {
  const facts: Readonly<Record<string, string | number | null>> =
    model === null ? {} : { ...inputsOfModel(model) };
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="md">
      {calculatorFields[calculator].map((field) => (
        <Field
          key={field.name}
          field={field}
          value={typed[field.name] ?? null}
          empty={shown(facts[field.name] ?? null) ?? field.usual ?? ''}
          onChange={(value) => onChange(field.name, value)}
        />
      ))}
    </SimpleGrid>
  );
}

interface FieldProps {
  readonly field: CalculatorField;
  readonly value: string | number | null;
  /** What an empty field stands for. */
  readonly empty: string;
  readonly onChange: (value: string | number | null) => void;
}

function Field({ field, value, empty, onChange }: FieldProps) {
  if (field.choices !== undefined) {
    return (
      <Select
        label={field.label}
        data={[...field.choices]}
        value={typeof value === 'string' ? value : null}
        placeholder={empty}
        clearable
        onChange={onChange}
      />
    );
  }
  return (
    <NumberInput
      label={field.label}
      value={value ?? ''}
      placeholder={empty}
      min={0}
      thousandSeparator=","
      step={field.step ?? 1}
      {...(field.suffix === undefined ? {} : { suffix: field.suffix })}
      onChange={(typed) => onChange(typed === '' ? null : Number(typed))}
    />
  );
}

function shown(value: string | number | null): string | null {
  if (value === null || typeof value === 'string') return value;
  return String(value >= 1e6 ? value : Number(value.toPrecision(4)));
}
