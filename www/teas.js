// What the shop itself says about its teas: names, tasting notes and pictures, by product id.
//
// Ids and prices belong to the Worker (`GET /v1/products`); a product without an entry here is
// still sold, under the description that the Worker has for it and with a plain picture.

const TEAS = {
  "oolong-250": {
    picture: "/teas/oolong.svg",
    "zh-CN": { name: "铁观音", weight: "250 克", origin: "福建 · 安溪祥华", notes: "兰花香，焙得轻，第三泡最甜。" },
    en: { name: "Tieguanyin oolong", weight: "250 g", origin: "Xianghua, Anxi, Fujian", notes: "Orchid on the nose, a light roast, sweetest on the third pour." },
  },
  "longjing-100": {
    picture: "/teas/longjing.svg",
    "zh-CN": { name: "明前龙井", weight: "100 克", origin: "浙江 · 杭州梅家坞", notes: "清明前的芽，豆香，用八十五度的水。" },
    en: { name: "Longjing green", weight: "100 g", origin: "Meijiawu, Hangzhou, Zhejiang", notes: "Buds from before Qingming; fresh pea and chestnut. Water at 85 °C." },
  },
  "puer-cake": {
    picture: "/teas/puer.svg",
    "zh-CN": { name: "熟普饼", weight: "357 克", origin: "云南 · 勐海布朗山", notes: "放了六年，枣香，汤像红宝石。" },
    en: { name: "Ripe pu’er cake", weight: "357 g", origin: "Bulang, Menghai, Yunnan", notes: "Six years in the dark: dates, old wood, a ruby cup." },
  },
  "keemun-200": {
    picture: "/teas/keemun.svg",
    "zh-CN": { name: "祁门红茶", weight: "200 克", origin: "安徽 · 祁门历口", notes: "蜜香带一点玫瑰，加奶也好。" },
    en: { name: "Keemun black", weight: "200 g", origin: "Likou, Qimen, Anhui", notes: "Honey with a little rose. Takes milk well." },
  },
  "jasmine-100": {
    picture: "/teas/jasmine.svg",
    "zh-CN": { name: "茉莉龙珠", weight: "100 克", origin: "广西 · 横州", notes: "七窨一提，一颗珠子一朵花。" },
    en: { name: "Jasmine pearls", weight: "100 g", origin: "Hengzhou, Guangxi", notes: "Scented seven nights over; every pearl opens like a flower." },
  },
  gaiwan: {
    picture: "/teas/gaiwan.svg",
    "zh-CN": { name: "青瓷盖碗", weight: "一套三件", origin: "浙江 · 龙泉", notes: "一百五十毫升，不烫手，开片会越喝越深。" },
    en: { name: "Celadon gaiwan", weight: "set of three", origin: "Longquan, Zhejiang", notes: "150 ml, kind to the fingers; the crackle deepens with every tea." },
  },
};

const PLAIN_PICTURE = "/teas/leaf.svg";

/** A product as a card shows it, in one language. */
export function describe(product, tongue) {
  const tea = TEAS[product.id];
  const own = tea?.[tongue] ?? { name: product.description, weight: "", origin: "", notes: "" };
  return { ...own, picture: tea?.picture ?? PLAIN_PICTURE };
}
