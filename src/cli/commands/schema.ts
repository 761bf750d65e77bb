import { Command } from 'commander';

/** `schema`: prints the JSON Schema of `--config`. */
export function schemaCommand(): Command {
  return new Command('schema').description('print the JSON Schema of --config files').action(async () => {
    const { configJsonSchema } = await import('../../study/config-schema.ts');
    process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  });
}
