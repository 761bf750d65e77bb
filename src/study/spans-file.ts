import { checkSpans, type SpanList } from '../accelerator/spans.ts';
import { fail } from '../errors.ts';
import { parseJsonObject } from '../model/json.ts';
import { quote } from '../quote.ts';

const keys = ['span', 'meaning', 'causal'];

/**
 * Reads a spans file: `{span, meaning?, causal?}`. `span` is a number for all heads, one entry per layer, or a list of heads per
 * layer; `meaning` says in words what they count, and `causal` whether they were trained looking back only, which must be
 * how the model is run. Throws `SPANS_FILE`, or `SPANS` for a value that is no whole number of tokens.
 */
export function parseSpans(text: string, name: string, model: { readonly causal: boolean }): SpanList {
  const file = parseJsonObject(text, 'SPANS_FILE', quote(name));
  const reject = (what: string, fix: string) => fail('SPANS_FILE', `${quote(name)}: ${what}`, fix);
  for (const key of Object.keys(file)) {
    if (!keys.includes(key)) throw reject(`${quote(key)} is not known`, `use ${keys.join(', ')}`);
  }
  const { span, meaning, causal } = file;
  if (span === undefined) throw reject('there is no span', 'give one per layer and head');
  if (meaning !== undefined && typeof meaning !== 'string')
    throw reject(`meaning is ${JSON.stringify(meaning)}`, 'say in words what the spans count, or leave it out');
  if (causal !== undefined && typeof causal !== 'boolean')
    throw reject(`causal is ${JSON.stringify(causal)}`, 'use true or false, or leave it out');
  if (causal !== undefined && causal !== model.causal)
    throw reject(
      `causal is ${causal} for a model that looks ${model.causal ? 'back only' : 'both ways'}`,
      "use the spans that were trained with this model, or leave causal out to take the model's",
    );
  checkSpans(span as SpanList);
  return span as SpanList;
}
