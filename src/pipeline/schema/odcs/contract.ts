import type { JsonValue } from '@snapkeep/sdk';

/** As much of the Open Data Contract Standard 3.1 as is read and written here (https://bitol-io.github.io/open-data-contract-standard). */
export interface Contract {
  readonly version: string;
  readonly kind: 'DataContract';
  readonly apiVersion: string;
  readonly id: string;
  readonly name?: string;
  readonly status: string;
  readonly schema?: readonly ContractObject[];
  readonly slaProperties?: readonly ContractSla[];
}

export interface CustomProperty {
  readonly property: string;
  readonly value: JsonValue;
}

export interface ContractObject {
  readonly name: string;
  readonly physicalName?: string;
  readonly logicalType?: 'object';
  readonly physicalType?: string;
  readonly description?: string;
  readonly properties?: readonly ContractProperty[];
  /** Of several columns at once. */
  readonly relationships?: readonly unknown[];
  readonly quality?: readonly ContractQuality[];
  readonly customProperties?: readonly CustomProperty[];
}

export type LogicalTypeName =
  | 'string'
  | 'date'
  | 'timestamp'
  | 'time'
  | 'number'
  | 'integer'
  | 'object'
  | 'array'
  | 'boolean';

export interface ContractProperty {
  readonly name?: string;
  readonly physicalName?: string;
  readonly businessName?: string;
  readonly description?: string;
  readonly logicalType?: LogicalTypeName;
  readonly logicalTypeOptions?: { readonly [option: string]: JsonValue };
  readonly physicalType?: string;
  readonly required?: boolean;
  readonly primaryKey?: boolean;
  readonly primaryKeyPosition?: number;
  readonly unique?: boolean;
  readonly classification?: string;
  readonly examples?: readonly JsonValue[];
  readonly properties?: readonly ContractProperty[];
  readonly items?: ContractProperty;
  readonly relationships?: readonly { readonly type?: string; readonly to: JsonValue }[];
  readonly quality?: readonly ContractQuality[];
  readonly customProperties?: readonly CustomProperty[];
}

export interface ContractQuality {
  readonly name?: string;
  readonly type?: 'text' | 'library' | 'sql' | 'custom';
  readonly metric?: string;
  readonly arguments?: { readonly [name: string]: JsonValue };
  readonly unit?: string;
  readonly severity?: string;
  readonly mustBe?: JsonValue;
  readonly mustBeGreaterOrEqualTo?: number;
  readonly mustBeLessOrEqualTo?: number;
  readonly mustBeBetween?: readonly number[];
  readonly engine?: string;
  readonly implementation?: JsonValue;
}

export interface ContractSla {
  readonly property: string;
  readonly value: JsonValue;
  readonly unit?: string;
  readonly element?: string;
}

/** Under this name a custom property keeps the keywords for which the standard has no words. */
export const REST = 'jsonSchema';

export function restOf(custom: readonly CustomProperty[] | undefined): { readonly [keyword: string]: JsonValue } {
  const value = custom?.find(({ property }) => property === REST)?.value;
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [keyword: string]: JsonValue })
    : {};
}
