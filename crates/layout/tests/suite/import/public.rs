//! A few lines in the format of each public set that `datasets/README.md` names, with its command.

use super::support::{Place, check, read};
use graticule_layout::import::{Import, Unit};

#[test]
fn geolife() {
    let place = Place::new();
    let head = "Geolife trajectory\r\nWGS 84\r\nAltitude is in Feet\r\nReserved 3\r\n0,2,255,My Track,0,0,2,8421376\r\n0\r\n";
    let first = format!("{head}39.9,116.3,0,492,39744.12,2008-10-23,02:53:04\r\n");
    let other = format!("{head}400.25,116.5,0,131.25,39745.5,2008-10-24,12:00:00\r\n");
    place.write("Data/000/Trajectory/20081023025304.plt", first);
    place.write("Data/010/Trajectory/20081024120000.plt", other);
    place.write(
        "Data/010/labels.txt",
        "Start Time\tEnd Time\tTransportation Mode\n",
    );
    let mut import = Import::new([place.path("Data")]);
    import.skip_lines = 6;
    import.columns = Some(
        "lat,lon,,altitude_ft,,date,clock"
            .split(',')
            .map(str::to_owned)
            .collect(),
    );
    import.time = Some("date+clock".to_owned());
    import.path = Some("{user}/Trajectory/{trip}.plt".to_owned());
    let report = import.run(&place.path("out")).unwrap();
    check(
        &read(&place.path("out")),
        &[
            "lon Float64|lat Float64|time Time|user Utf8|trip Utf8|altitude_ft Float64",
            "116.3|39.9|2008-10-23T02:53:04Z|000|20081023025304|492.0",
            "116.5|400.25|2008-10-24T12:00:00Z|010|20081024120000|131.25",
        ],
    );
    assert_eq!(
        (report.invalid, report.files_left_out, report.rejects),
        (1, 1, 0)
    );
}

#[test]
fn new_york_taxis() {
    let place = Place::new();
    // As in 2009, and as in 2014: blanks before the names, a blank line, two more delimiters.
    let text = "vendor_name,Trip_Pickup_DateTime,Trip_Dropoff_DateTime,Passenger_Count,Trip_Distance,Start_Lon,Start_Lat,Rate_Code,store_and_forward\n\n\
        VTS,2009-01-04 02:52:00,2009-01-04 03:02:00,1,2.63,-73.99,40.72,,\n";
    let (_, rows) = place
        .import("yellow_tripdata_2009-01.csv", text, |i| {
            (i.lon, i.lat) = (Some("Start_Lon".into()), Some("Start_Lat".into()));
            i.time = Some("Trip_Pickup_DateTime".into());
            i.timezone = Some("America/New_York".into());
        })
        .unwrap();
    check(
        &rows,
        &[
            "lon Float64|lat Float64|time Time|vendor_name Utf8|Trip_Dropoff_DateTime Time|Passenger_Count Int64|Trip_Distance Float64",
            "-73.99|40.72|2009-01-04T07:52:00Z|VTS|2009-01-04T08:02:00Z|1|2.63",
        ],
    );
    let text = "vendor_id, pickup_datetime, dropoff_datetime, pickup_longitude, pickup_latitude, store_and_fwd_flag\r\n\r\n\
        CMT,2014-01-09 20:45:25,2014-01-09 20:52:31,-73.99477,40.736828,N,,\r\n\
        CMT,2014-01-09 20:46:12,2014-01-09 20:55:12,0,0,N,stray,\r\n";
    let (report, rows) = place
        .import("yellow_tripdata_2014-01.csv", text, |i| {
            (i.lon, i.lat) = (
                Some("pickup_longitude".into()),
                Some("pickup_latitude".into()),
            );
            i.time = Some("pickup_datetime".into());
            i.timezone = Some("America/New_York".into());
        })
        .unwrap();
    check(
        &rows,
        &[
            "lon Float64|lat Float64|time Time|vendor_id Utf8|dropoff_datetime Time|store_and_fwd_flag Utf8",
            "-73.99477|40.736828|2014-01-10T01:45:25Z|CMT|2014-01-10T01:52:31Z|N",
        ],
    );
    assert_eq!((report.rejects, report.first_rejects[0].line), (1, 4));
}

#[test]
fn porto_taxis() {
    let place = Place::new();
    let text = "\"TRIP_ID\",\"CALL_TYPE\",\"ORIGIN_CALL\",\"TAXI_ID\",\"TIMESTAMP\",\"MISSING_DATA\",\"POLYLINE\"\n\
        \"1372636858620000589\",\"C\",\"\",\"20000589\",\"1372636858\",\"False\",\"[[-8.618643,41.141412],[-8.618499,41.141376]]\"\n\
        \"1372637303620000596\",\"B\",\"\",\"20000596\",\"1372637303\",\"True\",\"[]\"\n\
        \"1372637303620000597\",\"B\",\"\",\"20000597\",\"1372637303\",\"False\",\"[[-8.6,41.1],[-8.6]]\"\n";
    let (report, rows) = place
        .import("train.csv", text, |i| {
            i.polyline = Some("POLYLINE".into());
            i.step = Some(15_000_000);
            i.time = Some("TIMESTAMP".into());
            i.time_unit = Some(Unit::Second);
        })
        .unwrap();
    check(
        &rows,
        &[
            "lon Float64|lat Float64|time Time|TRIP_ID Int64|CALL_TYPE Utf8|TAXI_ID Int64|MISSING_DATA Boolean",
            "-8.618643|41.141412|2013-07-01T00:00:58Z|1372636858620000589|C|20000589|false",
            "-8.618499|41.141376|2013-07-01T00:01:13Z|1372636858620000589|C|20000589|false",
        ],
    );
    assert_eq!(
        (
            report.records,
            report.rows,
            report.records_without_point,
            report.rejects
        ),
        (3, 2, 1, 1)
    );
    assert!(
        report.first_rejects[0].reason.contains("POLYLINE"),
        "{report}"
    );
}

#[test]
fn openstreetmap_traces() {
    let place = Place::new();
    let track = |lat: &str| {
        format!(
            "<gpx xmlns=\"http://www.topografix.com/GPX/1/0\" version=\"1.0\" creator=\"OSM gpx_dump.py\">\n\
        <trk>\n<name>Track 1</name>\n<trkseg>\n<trkpt lat=\"{lat}\" lon=\"10.0\">\n</trkpt>\n</trkseg>\n</trk>\n</gpx>\n"
        )
    };
    place.write(
        "gpx-planet/identifiable/000/000/000000001.gpx",
        track("50.5"),
    );
    place.write("gpx-planet/public/000/000/000000002.gpx", track("-50.5"));
    place.write("gpx-planet/metadata.xml", "<gpxFiles/>");
    let mut import = Import::new([place.path("gpx-planet")]);
    import.path = Some("{visibility}/{a}/{b}/{trace}.gpx".to_owned());
    import.run(&place.path("out")).unwrap();
    check(
        &read(&place.path("out")),
        &[
            "lon Float64|lat Float64|visibility Utf8|a Utf8|b Utf8|trace Utf8|kind Utf8|track Int64|segment Int64|track_name Utf8",
            "10.0|50.5|identifiable|000|000|000000001|track|1|1|Track 1",
            "10.0|-50.5|public|000|000|000000002|track|2|1|Track 1",
        ],
    );
}
