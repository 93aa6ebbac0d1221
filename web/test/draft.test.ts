import { expect, test } from "vitest";
import { forget, keep, restored } from "../src/cases/draft";

function store() {
  const rows = new Map<string, string>();
  return {
    rows,
    getItem: (key: string) => rows.get(key) ?? null,
    setItem: (key: string, value: string) => void rows.set(key, value),
    removeItem: (key: string) => void rows.delete(key),
  };
}

const fields = { case_class: "rubbish", place: "tl04", lon: "", lat: "", key: "ab" };

test("a draft comes back within a day, and nothing of a person was in it", () => {
  const kept = store();
  keep(kept, { ...fields, words: "王阿姨家门口", phone: "13800000000" }, 1_000);
  expect([...kept.rows.values()].join()).not.toMatch(/王|138/);
  expect(restored(kept, 2_000)).toEqual(fields);
  expect(restored(kept, 90_000_000)).toBeNull();
  expect(kept.rows.size).toBe(0);
});

test("what cannot be read is dropped, what was sent is forgotten", () => {
  const kept = store();
  kept.setItem("xiuhua-patrol", "{broken");
  expect(restored(kept, 1)).toBeNull();
  keep(kept, fields, 1);
  forget(kept);
  expect(restored(kept, 2)).toBeNull();
});
