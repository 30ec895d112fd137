/* Long work: how far it is, or that it goes on. */
interface ProgressProps {
  readonly label: string;
  readonly done?: number;
  readonly total?: number;
}

export function Progress({ label, done, total }: ProgressProps): preact.JSX.Element {
  const isKnown = done !== undefined && total !== undefined && total > 0;
  return (
    <div class="kring-progress">
      <p class="kring-progress__text" role="status">
        {label}
      </p>
      <progress aria-label={label} {...(isKnown ? { value: done, max: total } : {})} />
    </div>
  );
}
