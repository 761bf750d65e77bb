/** Scalar type behind a storage binding, whatever vector width the shader reads it with. */
export type Scalar = 'f32' | 'u32' | 'i32';

/** One resource of an entry point, as reflected from the WGSL. */
export interface BindingInfo {
  readonly name: string;
  readonly binding: number;
  readonly access: 'uniform' | 'read' | 'read_write';
  readonly element: Scalar | 'params';
}

/** One member of a shader's uniform parameter block. */
export interface ParamInfo {
  readonly name: string;
  readonly offset: number;
  readonly type: string;
}

/** A shader's text with everything the host must know to launch it. Made by `shaders/embed.ts`. */
export interface ShaderModule {
  readonly name: string;
  readonly entries: Readonly<Record<string, { readonly bindings: readonly BindingInfo[] }>>;
  readonly params: readonly ParamInfo[];
  readonly paramsBytes: number;
  readonly constants: readonly string[];
  readonly code: string;
}
