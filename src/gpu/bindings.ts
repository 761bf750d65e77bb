import { fail } from '../errors.ts';
import { entryOf, type Launch } from './launch.ts';
import type { BufferEntry } from './supply.ts';
import { paddedBytes, type Tensor } from './tensor.ts';

/** Checks names, types and sizes of bound tensors against the shader's own manifest; the first thing wrong is an error with its words. */
export function checkBindings(launch: Launch, tensors: Readonly<Record<string, Tensor>>): void {
  const { program } = launch;
  const bindings = entryOf(launch).bindings.filter((b) => b.access !== 'uniform');
  const names = bindings.map((b) => b.name);
  const unknown = Object.keys(tensors).find((name) => !names.includes(name));
  if (unknown)
    throw fail(
      'UNKNOWN_BINDING',
      `${program.name}.${launch.entry} binds no '${unknown}'`,
      `it binds ${names.join(', ')}`,
    );
  for (const { name, element, access } of bindings) {
    const tensor = tensors[name];
    if (!tensor)
      throw fail(
        'MISSING_BINDING',
        `${program.name}.${launch.entry} needs the tensor '${name}' (${element})`,
        `it binds ${names.join(', ')}`,
      );
    if (tensor.type !== element)
      throw fail(
        'BINDING_TYPE',
        `${program.name}: '${name}' is ${element}, ${tensor.label} is ${tensor.type}`,
        'bind a tensor of that type',
      );
    const needed = launch.elements[name];
    if (needed === undefined)
      throw fail('UNSIZED_BINDING', `${program.name}: the plan gives no size for '${name}'`, 'add it to the plan');
    if (tensor.length < needed)
      throw fail(
        'BINDING_SIZE',
        `${program.name}: '${name}' needs ${needed} elements, ${tensor.label} [${tensor.shape}] has ${tensor.length}`,
        'bind a tensor of the planned shape',
      );
    if (
      access === 'read_write' &&
      bindings.some((other) => other.name !== name && tensors[other.name]?.buffer === tensor.buffer)
    ) {
      throw fail(
        'BINDING_ALIAS',
        `${program.name}: ${tensor.label} is written as '${name}' and bound a second time`,
        'write to another tensor',
      );
    }
  }
}

/**
 * The part of a tensor that a launch gets to see: as many elements as its plan asks for, in whole 16 bytes. The rest of a
 * longer tensor stays out of the shader's reach, and out of the limit on a binding's size.
 */
export function bindingRange(launch: Launch, name: string, tensor: Tensor): BufferEntry['resource'] {
  return { buffer: tensor.buffer, offset: tensor.offset, size: paddedBytes(launch.elements[name]!) };
}
