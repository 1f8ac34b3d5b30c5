// The code on a bag, as tests/service/goods_in/test_in_hand.py has it of the service.

import assert from "node:assert/strict";
import { test } from "node:test";
import { bagCode } from "../../service/web/shared/bag.js";

test("a piece's code is that of the service", () => {
  assert.equal(bagCode("00000000-0000-4000-8000-000000000000"), "0000-0000");
  assert.equal(bagCode("7f3a91c2-55aa-4000-8000-000000000000"), "FWX9-3GJN");
  assert.equal(bagCode("ffffffff-ffff-4fff-bfff-ffffffffffff"), "ZZZZ-ZZZZ");
});

test("what is no UUID has no code", () => assert.equal(bagCode("p1"), null));
