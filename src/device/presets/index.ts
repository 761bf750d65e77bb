import { cmoHfox } from './cmo-hfox.ts';
import { pcmHermes1, pcmHermes2 } from './hermes.ts';
import { hfoxMilo, hfoxNeurram, hfoxNeurramCrosssim } from './hfox.ts';
import { pcmAihwkit, pcmJoshi } from './pcm.ts';
import type { CellPreset } from './preset.ts';
import { sonos } from './sonos.ts';
import { generic, ideal } from './synthetic.ts';

/** Every named cell. */
export const cellPresets: Readonly<Record<string, CellPreset>> = Object.freeze({
  ideal,
  generic,
  'hfox-milo': hfoxMilo,
  'hfox-neurram': hfoxNeurram,
  'hfox-neurram-crosssim': hfoxNeurramCrosssim,
  'cmo-hfox': cmoHfox,
  'pcm-joshi': pcmJoshi,
  'pcm-aihwkit': pcmAihwkit,
  'pcm-hermes-1': pcmHermes1,
  'pcm-hermes-2': pcmHermes2,
  sonos,
});
