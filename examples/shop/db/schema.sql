create table articles (id serial primary key, name text not null unique, cents integer not null check (cents > 0));
insert into articles (name, cents) values ('tea', 450), ('coffee', 790), ('sugar', 120);
