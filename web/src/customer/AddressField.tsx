// The address in words, and the door as a point on the map.

import { useSignal } from "@preact/signals";
import { rounded } from "../core/geometry";
import { LiveMap } from "../map/LiveMap";
import { say } from "../preferences";
import { Button } from "../shell/Button";
import { Refusal } from "../shell/Notice";
import { common } from "../words/common";
import { address } from "./basket";
import styles from "./Checkout.module.css";
import { store } from "./nearbyStores";
import { shopWords } from "./shopWords";

export function AddressField() {
  const words = say(shopWords).pay;
  const pin = say(common).pin;
  const failed = useSignal(false);
  const { text, lat, lng } = address.value;

  const locate = () =>
    new Promise<void>((settled) => {
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          failed.value = false;
          const point = rounded({ lat: coords.latitude, lng: coords.longitude });
          address.value = { ...address.value, ...point };
          settled();
        },
        () => {
          failed.value = true;
          settled();
        },
        { timeout: 10_000 },
      );
    });

  const shop = store.value;
  return (
    <>
      <label class={styles.field}>
        {words.address}
        <input
          id="address"
          value={text}
          maxLength={200}
          autocomplete="street-address"
          placeholder={words.addressPlaceholder}
          onInput={(event) => {
            address.value = { ...address.value, text: event.currentTarget.value };
          }}
        />
      </label>
      <div class={styles.point}>
        <p>{words.point}</p>
        <Button local look="quiet" onPress={locate}>
          {words.here}
        </Button>
      </div>
      <Refusal text={failed.value ? words.hereFailed : null} />
      <LiveMap
        label={words.point}
        pins={[
          { id: "home", kind: "home", point: { lat, lng }, name: pin.home },
          ...(shop ? [{ id: "store", kind: "store" as const, point: shop, name: shop.name }] : []),
        ]}
        onPick={(point) => {
          address.value = { ...address.value, ...rounded(point) };
        }}
      />
    </>
  );
}
