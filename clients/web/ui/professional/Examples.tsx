/* Examples of words, which are changed before they are sent: the app's, and one's own. */
import { useState } from "preact/hooks";

import { notLonger, required } from "../../src/form/validate.ts";
import { type Act, EXAMPLES, withExample } from "../../src/professional/acts.ts";
import { useAction, useClient, useQuestion } from "../client.tsx";
import { Actions, Button } from "../components/Button.tsx";
import { Confirm } from "../components/Confirm.tsx";
import { Dialog } from "../components/Dialog.tsx";
import { Select, TextField } from "../components/Fields.tsx";
import { Form } from "../components/Form.tsx";
import { Notice } from "../components/Notice.tsx";
import { Paragraph } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { useProfessionalTexts } from "./texts.ts";

type WithExamples = keyof typeof EXAMPLES;
type ExampleKey = { [A in WithExamples]: `example.${A}.${(typeof EXAMPLES)[A][number]}` }[WithExamples];

const keysOf = (act: Act): readonly ExampleKey[] =>
  (act in EXAMPLES ? EXAMPLES[act as WithExamples].map((name) => `example.${act}.${name}` as ExampleKey) : []);

/** An example of the professional's own, kept sealed on the device. */
interface OwnExample {
  /** Of what is kept: act and title. */
  readonly name: string;
  readonly title: string;
  readonly words: string;
}

const prefixOf = (act: Act): string => `example ${act} `;

/** Those for one act, by title. */
export function useOwnExamples(act: Act): readonly OwnExample[] {
  const { answer } = useQuestion("kept", {});
  const prefix = prefixOf(act);
  return (answer?.kept ?? []).filter(({ name }) => name.startsWith(prefix))
    .map(({ name, text: words }) => ({ name, title: name.slice(prefix.length), words }))
    .sort((a, b) => a.title.localeCompare(b.title));
}

interface ExampleProps {
  readonly act: Act;
  /** Of a close: its examples say how it ended. */
  readonly outcome: string;
  /** What stands there. */
  readonly words: string;
  readonly own: readonly OwnExample[];
  /** Which one was chosen: a key of the catalogue, or the name of one's own. */
  readonly chosen: string;
  readonly onChoose: (chosen: string, words: string) => void;
}

export function Example({ act, outcome, words, own, chosen, onChoose }: ExampleProps): preact.JSX.Element | null {
  const text = useProfessionalTexts();
  const all = keysOf(act);
  const keys = all.filter((key) => act !== "close" || outcome === "" || key === `example.close.${outcome}`);
  const wordsOf = (value: string): string =>
    own.find(({ name }) => name === value)?.words ?? text(`${value as ExampleKey}.text`);
  return keys.length + own.length === 0 ? null : (
    <Select
      id="example"
      label={text("example.label")}
      hint={text("example.hint")}
      options={[
        { value: "", label: text("example.none") },
        ...keys.map((key) => ({ value: key, label: text(key) })),
        ...own.map(({ name, title }) => ({ value: name, label: text("example.own", { name: title }) })),
      ]}
      value={chosen}
      onChange={(value) => onChoose(value, value === "" ? words
        : withExample(words, wordsOf(value), [...all, ...own.map(({ name }) => name)].map(wordsOf)))}
    />
  );
}

/** Below the form, whose Enter sends: an example is kept, changed by keeping it again, and removed. */
export function OwnExamples({ act, words, own, chosen, onChoose }: {
  act: Act;
  words: string;
  own: readonly OwnExample[];
  chosen: string;
  onChoose: (chosen: string) => void;
}): preact.JSX.Element {
  const client = useClient();
  const text = useProfessionalTexts();
  const [asks, setAsks] = useState<"keep" | "remove" | undefined>();
  const [kept, setKept] = useState<string | undefined>();
  const example = own.find(({ name }) => name === chosen);
  const close = (): void => setAsks(undefined);
  const remove = async (): Promise<void> => {
    await client.command("keep", { name: chosen, text: "" });
    onChoose("");
  };
  return (
    <>
      {kept !== undefined && <Notice kind="ok" isNews>{text("example.kept", { name: kept })}</Notice>}
      <Actions>
        {words.trim() !== "" && (
          <Button kind="subtle" onClick={() => setAsks("keep")}>{text("example.keep")}</Button>
        )}
        {example !== undefined && (
          <Button kind="subtle" onClick={() => setAsks("remove")}>{text("example.remove")}</Button>
        )}
      </Actions>
      {asks === "keep" && (
        <KeepExample
          title={example?.title ?? ""}
          keep={async (title) => {
            await client.command("keep", { name: `${prefixOf(act)}${title}`, text: words.trim() });
            setKept(title);
            onChoose(`${prefixOf(act)}${title}`);
          }}
          onClose={close}
        />
      )}
      {asks === "remove" && example !== undefined && (
        <Confirm heading={text("example.keepHeading")} done={text("example.remove")} isDanger act={remove} onClose={close}>
          <Paragraph>{text("example.removeSure", { name: example.title })}</Paragraph>
        </Confirm>
      )}
    </>
  );
}

/** Characters; with the act they are a line of at most 100 bytes. */
const TITLE_MAX = 40;

function KeepExample({ title, keep, onClose }: {
  title: string;
  keep: (title: string) => Promise<void>;
  onClose: () => void;
}): preact.JSX.Element {
  const text = useProfessionalTexts();
  const { text: common, textOfError } = useCommon();
  const { isBusy, error, run } = useAction();
  const [name, setName] = useState(title);
  return (
    <Dialog heading={text("example.keepHeading")} onCancel={onClose}>
      {error !== undefined && (
        <Notice kind="error" isNews>{error === "limit" ? text("example.full") : textOfError(error)}</Notice>
      )}
      <Form
        submit={text("example.keepDone")}
        isBusy={isBusy}
        check={() => ({ "example-name": required(name) ?? notLonger(name, TITLE_MAX) })}
        onSubmit={() => run(() => keep(name.trim()).then(onClose))}
        actions={<Button kind="secondary" onClick={onClose}>{common("page.cancel")}</Button>}
      >
        {(errorOf) => (
          <TextField
            id="example-name"
            label={text("example.name")}
            hint={text("example.nameHint")}
            error={errorOf("example-name")}
            value={name}
            onInput={setName}
          />
        )}
      </Form>
    </Dialog>
  );
}
