// A question that must be answered before anything else, on the browser's own dialog.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import styles from "./Dialog.module.css";

type Props = {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
};

export function Dialog({ title, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  return (
    <dialog ref={dialog} class={styles.dialog} aria-label={title} onClose={onClose}>
      <h2 class={styles.title}>{title}</h2>
      {children}
    </dialog>
  );
}
