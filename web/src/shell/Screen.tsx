// The frame of every screen: name, state of the line, language; then whatever the role needs.

import type { ComponentChildren } from "preact";
import { Announcer } from "./Announcer";
import { LanguageSwitch } from "./LanguageSwitch";
import { LineBanner, LinePill } from "./LinePill";
import { isPane } from "./pane";
import styles from "./Screen.module.css";

type Props = {
  title: string;
  /** Uses the whole width, as boards do; otherwise a column that reads well. */
  wide?: boolean;
  /** Has two such columns side by side where there is room for them. */
  double?: boolean;
  /** Has no line, because nobody is signed in. */
  bare?: boolean;
  children: ComponentChildren;
};

export function Screen({ title, wide = false, double = false, bare = false, children }: Props) {
  // The stage has a banner already; four more would say nothing to those who listen.
  const Head = isPane ? "div" : "header";
  return (
    <div class={`${styles.screen} ${isPane ? styles.pane : ""}`}>
      <Head class={styles.head}>
        <h1 class={styles.title}>{title}</h1>
        {!bare && <LinePill />}
        {!isPane && <LanguageSwitch />}
      </Head>
      {!bare && <LineBanner />}
      <main
        class={wide ? styles.wide : `${styles.column} ${double ? styles.double : ""}`}
        aria-label={title}
      >
        {children}
      </main>
      <Announcer />
    </div>
  );
}
