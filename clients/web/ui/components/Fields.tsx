/* The fields of a form. Each has a label, may have a hint, and says what is wrong right above
 * itself; Form.tsx lists the faults on top and leads to the field of an id. */
import type { ComponentChildren } from "preact";

import { type DateFields, lengthOf } from "../../src/form/validate.ts";
import { useCommon } from "../texts.tsx";

interface FieldProps {
  /** Unique on the page. */
  readonly id: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  /** The label is what the heading above says, and is not shown again. */
  readonly isHeading?: boolean | undefined;
}

const describedBy = ({ id, hint, error }: FieldProps, more: string[] = []): object => {
  const ids = [...(hint === undefined ? [] : [`${id}-hint`]), ...(error === undefined ? [] : [`${id}-error`]), ...more];
  return ids.length === 0 ? {} : { "aria-describedby": ids.join(" ") };
};

function Hint({ id, children }: { id: string; children: string | undefined }): preact.JSX.Element | null {
  return children === undefined ? null : (
    <div id={`${id}-hint`} class="utrecht-form-field-description utrecht-form-field-description--distanced">
      {children}
    </div>
  );
}

function ErrorMessage({ id, children }: { id: string; children: string | undefined }): preact.JSX.Element | null {
  return children === undefined ? null : (
    <div id={`${id}-error`} class="utrecht-form-field-error-message utrecht-form-field-error-message--distanced">
      {children}
    </div>
  );
}

function Field(props: FieldProps & { children: ComponentChildren }): preact.JSX.Element {
  const invalid = props.error === undefined ? "" : " utrecht-form-field--invalid";
  return (
    <div class={`utrecht-form-field utrecht-form-field--distanced${invalid}`}>
      <label
        class={props.isHeading === true ? "kring-hidden" : "utrecht-form-label utrecht-form-field__label"}
        for={props.id}
      >
        {props.label}
      </label>
      <Hint id={props.id}>{props.hint}</Hint>
      <ErrorMessage id={props.id}>{props.error}</ErrorMessage>
      {props.children}
    </div>
  );
}

// ---- Text ------------------------------------------------------------------------------------

interface TextFieldProps extends FieldProps {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly type?: "text" | "password" | "search" | "tel";
  /** Numbers are text with another keyboard: codes have leading zeroes. */
  readonly isNumeric?: boolean;
  readonly autoComplete?: string;
}

export function TextField(props: TextFieldProps): preact.JSX.Element {
  const invalid = props.error === undefined ? "" : " utrecht-textbox--invalid";
  return (
    <Field {...props}>
      <input
        id={props.id}
        class={`utrecht-textbox utrecht-textbox--html-input${invalid}`}
        type={props.type ?? "text"}
        dir="auto"
        inputMode={props.isNumeric === true ? "numeric" : "text"}
        autocomplete={props.autoComplete ?? "off"}
        value={props.value}
        aria-invalid={props.error !== undefined}
        onInput={(event) => props.onInput(event.currentTarget.value)}
        {...describedBy(props)}
      />
    </Field>
  );
}

interface TextAreaProps extends FieldProps {
  readonly value: string;
  readonly onInput: (value: string) => void;
  /** Shown as what is left once it becomes tight. */
  readonly maxLength?: number;
}

export function TextArea(props: TextAreaProps): preact.JSX.Element {
  const { text } = useCommon();
  const invalid = props.error === undefined ? "" : " utrecht-textarea--invalid";
  const left = props.maxLength === undefined ? Infinity : props.maxLength - lengthOf(props.value);
  const isTight = props.maxLength !== undefined && left < props.maxLength / 5;
  return (
    <Field {...props}>
      <textarea
        id={props.id}
        class={`utrecht-textarea utrecht-textarea--html-textarea${invalid}`}
        rows={6}
        dir="auto"
        autocomplete="off"
        spellcheck={false} // some browsers send the words to their maker
        value={props.value}
        aria-invalid={props.error !== undefined}
        onInput={(event) => props.onInput(event.currentTarget.value)}
        {...describedBy(props, isTight ? [`${props.id}-left`] : [])}
      />
      {isTight && (
        <div id={`${props.id}-left`} class="utrecht-form-field-description" aria-live="polite">
          {left >= 0
            ? text("form.left", { n: left })
            : text("form.tooLong", { n: -left, max: props.maxLength! })}
        </div>
      )}
    </Field>
  );
}

interface SelectProps extends FieldProps {
  readonly value: string;
  readonly options: readonly Option[];
  readonly onChange: (value: string) => void;
}

export function Select(props: SelectProps): preact.JSX.Element {
  const invalid = props.error === undefined ? "" : " utrecht-select--invalid";
  return (
    <Field {...props}>
      <select
        id={props.id}
        class={`utrecht-select utrecht-select--html-select${invalid}`}
        value={props.value}
        aria-invalid={props.error !== undefined}
        onChange={(event) => props.onChange(event.currentTarget.value)}
        {...describedBy(props)}
      >
        {props.options.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </Field>
  );
}

// ---- Choices ---------------------------------------------------------------------------------

export interface Option {
  readonly value: string;
  readonly label: string;
  readonly hint?: string;
}

/** A question with several controls. */
function Fieldset(props: FieldProps & { children: ComponentChildren }): preact.JSX.Element {
  const legend = props.isHeading === true ? "kring-hidden" : "utrecht-form-fieldset__legend";
  return (
    <fieldset
      id={props.id}
      class={`kring-fieldset${props.error === undefined ? "" : " kring-fieldset--invalid"}`}
      {...describedBy(props)}
    >
      <legend class={`${legend} utrecht-form-fieldset__legend--distanced`}>{props.label}</legend>
      <Hint id={props.id}>{props.hint}</Hint>
      <ErrorMessage id={props.id}>{props.error}</ErrorMessage>
      {props.children}
    </fieldset>
  );
}

/** The first control has the id to which the list of faults leads. */
const controlId = (id: string, index: number): string => `${id}-${index}`;

function Choice(props: {
  id: string;
  name: string;
  type: "radio" | "checkbox";
  option: Option;
  isChecked: boolean;
  onChange: (isChecked: boolean) => void;
}): preact.JSX.Element {
  const kind = props.type === "radio" ? "utrecht-radio-button" : "utrecht-checkbox";
  const checked = props.isChecked ? ` ${kind}--checked` : "";
  return (
    <div class="kring-choice">
      <input
        id={props.id}
        class={`${kind} ${kind}--html-input${checked}`}
        type={props.type}
        name={props.name}
        value={props.option.value}
        checked={props.isChecked}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
        {...(props.option.hint === undefined ? {} : { "aria-describedby": `${props.id}-hint` })}
      />
      <div class="kring-choice__label">
        <label for={props.id}>{props.option.label}</label>
        {props.option.hint !== undefined && (
          <span id={`${props.id}-hint`} class="kring-choice__hint">
            {props.option.hint}
          </span>
        )}
      </div>
    </div>
  );
}

interface RadiosProps extends FieldProps {
  readonly options: readonly Option[];
  /** Empty: none chosen yet. */
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function Radios(props: RadiosProps): preact.JSX.Element {
  return (
    <Fieldset {...props}>
      {props.options.map((option, i) => (
        <Choice
          key={option.value}
          id={controlId(props.id, i)}
          name={props.id}
          type="radio"
          option={option}
          isChecked={option.value === props.value}
          onChange={() => props.onChange(option.value)}
        />
      ))}
    </Fieldset>
  );
}

interface CheckboxesProps extends FieldProps {
  readonly options: readonly Option[];
  readonly values: readonly string[];
  readonly onChange: (values: readonly string[]) => void;
}

export function Checkboxes(props: CheckboxesProps): preact.JSX.Element {
  return (
    <Fieldset {...props}>
      {props.options.map((option, i) => (
        <Choice
          key={option.value}
          id={controlId(props.id, i)}
          name={props.id}
          type="checkbox"
          option={option}
          isChecked={props.values.includes(option.value)}
          onChange={(isChecked) => {
            const others = props.values.filter((value) => value !== option.value);
            props.onChange(isChecked ? [...others, option.value] : others);
          }}
        />
      ))}
    </Fieldset>
  );
}

// ---- Date ------------------------------------------------------------------------------------

interface DateFieldProps extends FieldProps {
  readonly value: DateFields;
  readonly onInput: (value: DateFields) => void;
}

/** Three fields: pickers are hard to operate for many, and for a day long ago for all. */
export function DateField(props: DateFieldProps): preact.JSX.Element {
  const { text } = useCommon();
  const parts = ["day", "month", "year"] as const;
  return (
    <Fieldset {...props}>
      <div class="kring-date">
        {parts.map((part, i) => (
          <div key={part}>
            <label class="utrecht-form-label" for={controlId(props.id, i)}>
              {text(`form.${part}`)}
            </label>
            <input
              id={controlId(props.id, i)}
              class="utrecht-textbox utrecht-textbox--html-input"
              inputMode="numeric"
              autocomplete="off"
              value={props.value[part]}
              aria-invalid={props.error !== undefined}
              onInput={(event) => props.onInput({ ...props.value, [part]: event.currentTarget.value })}
            />
          </div>
        ))}
      </div>
    </Fieldset>
  );
}
