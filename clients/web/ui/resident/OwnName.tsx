/* The name that neighbours see, where an account begins. */
import { useAppTexts } from "../app/texts.ts";
import { TextField } from "../components/Fields.tsx";

export function OwnName({ hint, error, value, onInput }: {
  /** In place of the usual one. */
  hint?: string;
  error: string | undefined;
  value: string;
  onInput: (name: string) => void;
}): preact.JSX.Element {
  const text = useAppTexts();
  return (
    <TextField
      id="name"
      label={text("join.name")}
      hint={hint ?? text("join.nameHint")}
      error={error}
      autoComplete="name"
      value={value}
      onInput={onInput}
    />
  );
}
