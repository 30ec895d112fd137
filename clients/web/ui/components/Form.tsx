/* A form with its list of faults on top; one question a page is a form with one field. A browser that
 * restores its session does not write down what was filled in (autocomplete). */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import type { Fault } from "../../src/form/validate.ts";
import { useCommon } from "../texts.tsx";
import { Actions, Button } from "./Button.tsx";
import { Heading } from "./Text.tsx";

/** Faults by the id of their field; of a group of choices or a date, the group's id. */
export type Faults = Readonly<Record<string, Fault | undefined>>;

/** `<id>` itself or, for a group, its first control. */
function focusField(id: string): void {
  const field = document.getElementById(`${id}-0`) ?? document.getElementById(id);
  field?.focus();
}

/** The words beside a field, or above a group of them. */
function labelOf(id: string): string {
  const label = document.querySelector(`label[for="${id}"]`) ?? document.getElementById(id)?.querySelector("legend");
  return label?.textContent ?? "";
}

interface FormProps {
  /** Of the button. */
  readonly submit: string;
  readonly isBusy?: boolean;
  /** What is wrong with what stands there now. */
  readonly check: () => Faults;
  /** Called only when nothing is wrong. */
  readonly onSubmit: () => void;
  /** Beside the button. */
  readonly actions?: ComponentChildren;
  /** The fields; error gives the words for one of them. */
  readonly children: (error: (id: string) => string | undefined) => ComponentChildren;
}

export function Form(props: FormProps): preact.JSX.Element {
  const { text, language } = useCommon();
  const [faults, setFaults] = useState<Faults>({});
  /** Of the fields in the list of faults. */
  const [labels, setLabels] = useState<Readonly<Record<string, string>>>({});
  const summary = useRef<HTMLDivElement>(null);

  const wordsOf = (fault: Fault): string => {
    switch (fault.key) {
      case "form.tooShort":
        return text(fault.key, fault.parameters);
      case "form.tooLong":
        return text(fault.key, fault.parameters);
      default:
        return text(fault.key);
    }
  };
  const wrong = Object.entries(faults).flatMap(([id, fault]) => (fault === undefined ? [] : [[id, fault] as const]));

  // At once: whoever goes on typing is not interrupted.
  useLayoutEffect(() => {
    if (wrong.length > 0) {
      summary.current?.focus();
    }
  }, [faults]);

  useEffect(() => {
    setLabels(Object.fromEntries(wrong.map(([id]) => [id, labelOf(id)])));
  }, [faults, language]);

  const submit = (event: Event): void => {
    event.preventDefault();
    if (props.isBusy === true) {
      return;
    }
    const found = props.check();
    setFaults(found);
    if (Object.values(found).every((fault) => fault === undefined)) {
      props.onSubmit();
    }
  };

  return (
    <form noValidate autocomplete="off" onSubmit={submit}>
      {wrong.length > 0 && (
        <div class="kring-errors" ref={summary} tabIndex={-1} role="alert" aria-labelledby="errors-title">
          <Heading level={2} id="errors-title">
            {text("form.problem")}
          </Heading>
          <ul>
            {wrong.map(([id, fault]) => (
              <li key={id}>
                <a
                  href={`#${id}`}
                  onClick={(event) => {
                    event.preventDefault();
                    focusField(id);
                  }}
                >
                  {wrong.length > 1 && `${labels[id] ?? ""}: `}{wordsOf(fault)}
                </a>
              </li>
            ))}
          </ul>
        </div>
      )}
      {props.children((id) => {
        const fault = faults[id];
        return fault === undefined ? undefined : wordsOf(fault);
      })}
      <Actions>
        <Button type="submit" isBusy={props.isBusy === true}>
          {props.submit}
        </Button>
        {props.actions}
      </Actions>
    </form>
  );
}
