/* A member may have the app prove that a verified neighbour sends this. Without its answer the report goes
 * with the name alone, and this screen says which it is. */
import { useEffect, useState } from "preact/hooks";

import { Actions, Button } from "../components/Button.tsx";
import { Notice } from "../components/Notice.tsx";
import { Paragraph } from "../components/Text.tsx";
import { useCommon } from "../texts.tsx";
import { Frame } from "./Frame.tsx";
import { MakingReceipt } from "./Receipt.tsx";
import { useSession } from "./session.tsx";
import { useReportTexts } from "./texts.ts";
import { askApp, hangUp } from "./vouching.ts";

export function Vouch(): preact.JSX.Element {
  const text = useReportTexts();
  const { text: common } = useCommon();
  const { router, receipt, setReceipt } = useSession();
  const [state, setState] = useState<"asked" | "given" | "locked" | "none" | undefined>(
    receipt?.vouched && "given");
  useEffect(() => hangUp, []);

  const ask = (): void => {
    const { case: id, event } = receipt!;
    setState("asked");
    askApp({ case: id, event }, (answer) => {
      const isGiven = typeof answer === "object";
      setState(isGiven ? "given" : answer);
      if (isGiven) {
        setReceipt({ ...receipt!, vouched: answer });
      }
    });
  };
  const without = (): void => {
    setReceipt({ ...receipt!, vouched: undefined });
    router.go("receipt");
  };
  return (
    <Frame heading={text("vouch.heading")}>
      {state === undefined
        ? <Paragraph>{text("vouch.text")}</Paragraph>
        : <Notice kind={state === "given" ? "ok" : "info"} isNews>{text(`vouch.${state}`)}</Notice>}
      <MakingReceipt />
      {receipt !== undefined && (
        <Actions>
          {state === "given"
            ? <Button onClick={() => router.go("receipt")}>{common("page.next")}</Button>
            : <Button onClick={ask}>{text("vouch.yes")}</Button>}
          <Button kind="secondary" onClick={without}>{text("vouch.no")}</Button>
        </Actions>
      )}
    </Frame>
  );
}
