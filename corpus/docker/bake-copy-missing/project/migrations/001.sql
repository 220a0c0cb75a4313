create table prices (name text, cents integer);
