use super::{Reference, of_text, of_type};

#[test]
fn wgs_84_in_all_its_forms() {
    let forms = [
        "EPSG:4326",
        "epsg:4979",
        "OGC:CRS84",
        "OGC:CRS84h",
        "srid:4326",
        "4326",
        "WGS84",
        "urn:ogc:def:crs:OGC:1.3:CRS84",
        "urn:ogc:def:crs:EPSG::4326",
        "http://www.opengis.net/def/crs/EPSG/0/4326",
        "https://www.opengis.net/def/crs/OGC/0/CRS84h",
        "+proj=longlat +datum=WGS84 +no_defs +type=crs",
        "+proj=latlong +ellps=WGS84 +towgs84=0,0,0",
        "+init=epsg:4326",
        r#"GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]"#,
        r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#,
        r#"GEOGCRS["WGS 84",ENSEMBLE["World Geodetic System 1984 ensemble",MEMBER["World Geodetic System 1984 (Transit)"],ELLIPSOID["WGS 84",6378137,298.257223563,LENGTHUNIT["metre",1]],ENSEMBLEACCURACY[2.0]],PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]],CS[ellipsoidal,2],AXIS["geodetic latitude (Lat)",north,ORDER[1],ANGLEUNIT["degree",0.0174532925199433]],AXIS["geodetic longitude (Lon)",east,ORDER[2],ANGLEUNIT["degree",0.0174532925199433]]]"#,
        r#"COMPD_CS["WGS 84 + EGM96",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],VERT_CS["EGM96 height",VERT_DATUM["EGM96 geoid",2005],UNIT["metre",1]]]"#,
        r#"{"type":"GeographicCRS","name":"unknown","datum":{"type":"GeodeticReferenceFrame","name":"World Geodetic System 1984","ellipsoid":{"name":"WGS 84"}},"coordinate_system":{"subtype":"ellipsoidal","axis":[{"name":"Longitude","direction":"east","unit":"degree"},{"name":"Latitude","direction":"north","unit":"degree"}]}}"#,
        r#"{"name":"WGS 84 (3D)","type":"GeographicCRS","datum_ensemble":{"name":"World Geodetic System 1984 ensemble"},"coordinate_system":{"axis":[{"direction":"north","unit":"degree"},{"direction":"east","unit":"degree"},{"direction":"up","unit":"metre"}]}}"#,
        r#"{"name":"WGS 84","id":{"authority":"EPSG","code":4979}}"#,
        "+proj=longlat +a=6378137 +rf=298.257223563 +ellps=WGS84",
        r#"{"type":"GeographicCRS","name":"unknown","datum":{"name":"WGS 84","ellipsoid":{"name":"WGS 84","semi_major_axis":{"value":6378137.0,"unit":"metre"},"inverse_flattening":298.2572236}}}"#,
    ];
    for form in forms {
        assert_eq!(of_text(form), Reference::Wgs84, "{form}");
    }
}

#[test]
fn others_are_named() {
    let others = [
        ("EPSG:3857", "EPSG:3857"),
        ("srid:3035", "srid:3035"),
        ("ESRI:4326", "ESRI:4326"),
        ("+proj=longlat +datum=NAD27", "+proj=longlat +datum=nad27"),
        ("+proj=longlat +datum=WGS84 +pm=paris", "+proj=longlat"),
        ("+proj=longlat +ellps=WGS84 +towgs84=1,0,0", "+proj=longlat"),
        (
            r#"GEOGCS["ED50",DATUM["European_Datum_1950",SPHEROID["International 1924",6378388,297]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]"#,
            "ED50",
        ),
        (
            r#"PROJCS["WGS 84 / UTM zone 32N",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],UNIT["metre",1]]"#,
            "UTM zone 32N",
        ),
        (
            r#"GEOGCS["grads",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["grad",0.01570796326794897]]"#,
            "grads, in another unit than degrees",
        ),
        (
            r#"GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Paris",2.33722917],UNIT["degree",0.0174532925199433]]"#,
            "WGS 84, from another prime meridian than Greenwich",
        ),
        (
            r#"COMPD_CS["WGS 84 + height",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Paris",2.33722917],UNIT["grad",0.01570796326794897]],VERT_CS["height",VERT_DATUM["geoid",2005],UNIT["metre",1]]]"#,
            "height, from another prime meridian than Greenwich, in another unit than degrees",
        ),
        (
            r#"{"type":"GeographicCRS","name":"WGS 84","datum":{"name":"WGS 84","prime_meridian":{"name":"Paris","longitude":{"value":2.59692129,"unit":"grad"}}},"coordinate_system":{"axis":[{"direction":"east","unit":{"type":"AngularUnit","name":"grad"}}]}}"#,
            "WGS 84, from another prime meridian than Greenwich, in another unit than degrees",
        ),
        (
            r#"{"type":"ProjectedCRS","name":"WGS 84 / Pseudo-Mercator","id":{"authority":"EPSG","code":3857}}"#,
            "Pseudo-Mercator (EPSG:3857)",
        ),
        (
            r#"{"type":"GeographicCRS","name":"ETRS89","datum":{"name":"European Terrestrial Reference System 1989"}}"#,
            "ETRS89",
        ),
        ("+proj=longlat +datum=WGS84 +ellps=clrk66", "+proj=longlat"),
        ("+proj=longlat +ellps=WGS84 +a=6378206.4", "+proj=longlat"),
        (
            r#"GEOGCS["WGS 84 so called",DATUM["WGS_1984",SPHEROID["Clarke 1866",6378206.4,294.978698213898]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]"#,
            "so called",
        ),
        // Of GRS 80.
        (
            r#"{"type":"GeographicCRS","name":"so called","datum":{"name":"WGS 84","ellipsoid":{"name":"GRS 1980","semi_major_axis":6378137,"inverse_flattening":298.257222101}}}"#,
            "so called",
        ),
        (
            r#"{"type":"GeographicCRS","name":"so called","datum":{"name":"WGS 84","ellipsoid":{"name":"sphere","radius":6371000}}}"#,
            "so called",
        ),
        (r#"GEOGCS["cut",DATUM["WGS_1984""#, "GEOGCS"),
    ];
    for (form, name) in others {
        match of_text(form) {
            Reference::Other(found) => {
                let is_named = found.to_lowercase().contains(&name.to_lowercase());
                assert!(is_named, "{form}: {found}");
            }
            other => panic!("{form}: {other:?}"),
        }
    }
}

#[test]
fn parquet_types_mean_wgs_84_without_a_word() {
    let nowhere = |_: &str| None;
    assert_eq!(of_type(None, nowhere), Reference::Wgs84);
    assert_eq!(of_type(Some("srid:0"), nowhere), Reference::Unknown);
    assert_eq!(of_type(Some(""), nowhere), Reference::Wgs84);
    let there = |key: &str| {
        (key == "k").then_some(r#"{"name":"WGS 84","id":{"authority":"OGC","code":"CRS84"}}"#)
    };
    assert_eq!(of_type(Some("projjson:k"), there), Reference::Wgs84);
    let lost = of_type(Some("projjson:other"), there);
    assert_eq!(lost, Reference::Other("projjson:other".to_owned()));
}
