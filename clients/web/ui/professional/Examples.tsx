/* Examples of words, which are changed before they are sent. */
import { useState } from "preact/hooks";

import { type Act, EXAMPLES, withExample } from "../../src/professional/acts.ts";
import { Select } from "../components/Fields.tsx";
import { useProfessionalTexts } from "./texts.ts";

type WithExamples = keyof typeof EXAMPLES;
type ExampleKey = { [A in WithExamples]: `example.${A}.${(typeof EXAMPLES)[A][number]}` }[WithExamples];

const keysOf = (act: Act): readonly ExampleKey[] =>
  (act in EXAMPLES ? EXAMPLES[act as WithExamples].map((name) => `example.${act}.${name}` as ExampleKey) : []);

export interface ExampleProps {
  readonly act: Act;
  /** Of a close: its examples say how it ended. */
  readonly outcome: string;
  /** What stands there. */
  readonly words: string;
  readonly onChoose: (words: string) => void;
}

export function Example({ act, outcome, words, onChoose }: ExampleProps): preact.JSX.Element | null {
  const text = useProfessionalTexts();
  const [value, setValue] = useState("");
  const all = keysOf(act);
  const keys = all.filter((key) => act !== "close" || outcome === "" || key === `example.close.${outcome}`);
  return keys.length === 0 ? null : (
    <Select
      id="example"
      label={text("example.label")}
      hint={text("example.hint")}
      options={[
        { value: "", label: text("example.none") },
        ...keys.map((key) => ({ value: key, label: text(key) })),
      ]}
      value={value}
      onChange={(key) => {
        setValue(key);
        if (key !== "") {
          onChoose(withExample(words, text(`${key as ExampleKey}.text`), all.map((each) => text(`${each}.text`))));
        }
      }}
    />
  );
}
