/** The part of wgsl_reflect that embed.ts uses: its ES module file ships without types of its own. */
declare module 'wgsl_reflect/wgsl_reflect.module.js' {
  interface TypeInfo {
    readonly name: string;
    readonly format?: TypeInfo;
    readonly members?: readonly { readonly type: TypeInfo }[];
  }
  interface ResourceInfo {
    readonly name: string;
    readonly group: number;
    readonly binding: number;
    readonly access: string;
    /** 0 uniform, 1 storage. */
    readonly resourceType: number;
    readonly size: number;
    readonly type: TypeInfo;
    readonly members?: readonly { readonly name: string; readonly offset: number; readonly type: TypeInfo }[];
  }
  export class WgslReflect {
    constructor(code: string);
    readonly entry: {
      readonly compute: readonly { readonly name: string; readonly resources: readonly ResourceInfo[] }[];
    };
    readonly uniforms: readonly ResourceInfo[];
    readonly overrides: readonly { readonly name: string }[];
  }
}
