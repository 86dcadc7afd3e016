//! What the twelve kitchens cook. All names are made up.

use super::{DELIVERY_RADIUS_METERS, Dish, Store};
use crate::streets::Position;

/// A store without a place.
pub(super) struct Kitchen {
    name: &'static str,
    cook_minutes: u32,
    min_total_won: u32,
    menu: &'static [(&'static str, u32, &'static [&'static str])],
}

impl Kitchen {
    pub(super) fn opened_at(&self, number: usize, at: Position) -> Store {
        let menu = self.menu.iter().enumerate().map(|(index, (name, price_won, options))| Dish {
            id: format!("m-{}", index + 1),
            name: (*name).into(),
            price_won: *price_won,
            sold_out: false,
            options: options.iter().map(|option| (*option).into()).collect(),
        });
        Store {
            id: format!("s-{number}"),
            name: self.name.into(),
            at,
            open: true,
            paused: false,
            delivery_radius_meters: DELIVERY_RADIUS_METERS,
            min_total_won: self.min_total_won,
            open_orders_max: 50,
            default_cook_minutes: self.cook_minutes,
            auto_accept: false,
            menu: menu.collect(),
        }
    }
}

const SPICY: &[&str] = &["순한맛", "보통맛", "매운맛"];
const SIZE: &[&str] = &["보통", "곱빼기"];
const COFFEE: &[&str] = &["따뜻하게", "얼음 가득"];
const NONE: &[&str] = &[];

pub(super) const KITCHENS: [Kitchen; 12] = [
    Kitchen {
        name: "달빛분식",
        cook_minutes: 5,
        min_total_won: 0,
        menu: &[
            ("국물떡볶이", 9_000, SPICY),
            ("참치김밥", 4_500, NONE),
            ("모둠튀김", 6_000, NONE),
            ("찹쌀순대", 5_500, &["내장 포함", "순대만"]),
            ("라볶이", 7_500, SPICY),
        ],
    },
    Kitchen {
        name: "온정국수",
        cook_minutes: 8,
        min_total_won: 0,
        menu: &[
            ("멸치국수", 7_000, SIZE),
            ("비빔국수", 7_500, SPICY),
            ("들깨칼국수", 9_000, SIZE),
            ("손만두", 6_000, &["고기", "김치"]),
        ],
    },
    Kitchen {
        name: "나루커피",
        cook_minutes: 5,
        min_total_won: 5_000,
        menu: &[
            ("아메리카노", 3_800, COFFEE),
            ("카페라테", 4_500, COFFEE),
            ("바닐라라테", 5_000, COFFEE),
            ("버터스콘", 3_900, NONE),
            ("당근케이크", 6_500, NONE),
        ],
    },
    Kitchen {
        name: "솔길돈까스",
        cook_minutes: 9,
        min_total_won: 9_000,
        menu: &[
            ("등심돈까스", 10_500, NONE),
            ("치즈돈까스", 12_000, NONE),
            ("냉모밀", 8_500, SIZE),
            ("카레우동", 9_500, SPICY),
        ],
    },
    Kitchen {
        name: "강바람치킨",
        cook_minutes: 10,
        min_total_won: 15_000,
        menu: &[
            ("후라이드", 18_000, &["뼈", "순살"]),
            ("양념치킨", 19_000, &["뼈", "순살"]),
            ("간장마늘치킨", 19_500, &["뼈", "순살"]),
            ("치즈볼", 5_000, NONE),
        ],
    },
    Kitchen {
        name: "은하피자",
        cook_minutes: 10,
        min_total_won: 14_000,
        menu: &[
            ("마르게리타", 16_000, &["보통", "크게"]),
            ("고구마피자", 19_000, &["보통", "크게"]),
            ("불고기피자", 20_000, &["보통", "크게"]),
            ("오븐스파게티", 9_000, NONE),
        ],
    },
    Kitchen {
        name: "두레밥상",
        cook_minutes: 8,
        min_total_won: 0,
        menu: &[
            ("제육덮밥", 9_500, SPICY),
            ("김치찌개", 9_000, NONE),
            ("된장찌개", 8_500, NONE),
            ("고등어구이", 11_000, NONE),
            ("계란말이", 6_500, NONE),
        ],
    },
    Kitchen {
        name: "동트는초밥",
        cook_minutes: 7,
        min_total_won: 12_000,
        menu: &[
            ("모둠초밥 10피스", 15_000, NONE),
            ("연어초밥 8피스", 14_500, NONE),
            ("우동", 6_500, NONE),
            ("새우튀김", 8_000, NONE),
        ],
    },
    Kitchen {
        name: "초록샐러드",
        cook_minutes: 5,
        min_total_won: 0,
        menu: &[
            ("닭가슴살샐러드", 9_800, &["오리엔탈", "시저"]),
            ("연어샐러드", 12_500, &["오리엔탈", "시저"]),
            ("두부샐러드", 8_900, &["오리엔탈", "참깨"]),
            ("단호박수프", 5_500, NONE),
        ],
    },
    Kitchen {
        name: "골목마라탕",
        cook_minutes: 8,
        min_total_won: 10_000,
        menu: &[
            ("마라탕", 11_000, SPICY),
            ("마라샹궈", 16_000, SPICY),
            ("꿔바로우", 13_000, NONE),
            ("계란볶음밥", 6_000, NONE),
        ],
    },
    Kitchen {
        name: "한입버거",
        cook_minutes: 6,
        min_total_won: 0,
        menu: &[
            ("한입버거", 7_200, &["단품", "세트"]),
            ("더블치즈버거", 9_400, &["단품", "세트"]),
            ("새우버거", 8_300, &["단품", "세트"]),
            ("감자튀김", 3_500, NONE),
        ],
    },
    Kitchen {
        name: "별밤족발",
        cook_minutes: 10,
        min_total_won: 20_000,
        menu: &[
            ("온족발", 32_000, &["앞다리", "뒷다리"]),
            ("불족발", 34_000, SPICY),
            ("보쌈", 30_000, NONE),
            ("막국수", 8_000, SPICY),
        ],
    },
];
